import Testing

@testable import HPACK

import Testing

@testable import GRPC

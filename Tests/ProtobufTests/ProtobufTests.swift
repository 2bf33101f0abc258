import Protobuf
import Testing

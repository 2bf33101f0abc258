/// Where in the source a step of a call is taken; a test checks that these files have these functions.
enum LayerSource: CaseIterable {
  case clientValue, clientCall, clientBytes, clientPrefix, clientFrames, socketWrite
  case socketRead, serverFrames, serverCall, serverValue
  case serverReply, serverBytes, serverPrefix, serverFramesOut, socketBack
  case clientFramesIn, clientCallEnd, clientReply

  struct Place {
    let file: String
    let functions: [String]

    init(_ file: String, _ functions: String...) {
      self.file = file
      self.functions = functions
    }
  }

  var places: [Place] {
    switch self {
    case .clientValue, .clientReply: [Place("01-unary/Client.swift", "greetConcurrently")]
    case .clientCall:
      [
        Place("Shared/GRPC/Client/Channel+Calls.swift", "unary", "startUnary"),
        Place("Shared/GRPC/Client/ChannelCore.swift", "place"),
      ]
    case .clientBytes:
      [
        Place("Shared/GRPC/Client/Channel+Calls.swift", "frame"),
        Place("Shared/ProtobufWire/WireWriter+Scalars.swift", "writeString"),
      ]
    case .clientPrefix, .serverPrefix:
      [Place("Shared/GRPC/Wire/MessageFraming.swift", "prefixMessage")]
    case .clientFrames:
      [
        Place("Shared/GRPC/Client/ClientStream.swift", "open", "send"),
        Place("Shared/HPACK/HPACKEncoder.swift", "encode"),
        Place("Shared/HTTP2/HTTP2Connection+Send.swift", "sendHeaders", "sendData"),
      ]
    case .socketWrite:
      [
        Place("Shared/Transport/Connection.swift", "flush"),
        Place("Shared/Sockets/Socket.swift", "write"),
      ]
    case .socketRead:
      [
        Place("Shared/Sockets/Socket.swift", "read"),
        Place("Shared/Transport/Connection.swift", "becameReadable"),
      ]
    case .serverFrames:
      [
        Place("Shared/HTTP2/HTTP2Connection.swift", "receive"),
        Place("Shared/HTTP2/HTTP2Connection+Messages.swift", "receiveHeaders", "receiveData"),
        Place("Shared/HPACK/HPACKDecoder.swift", "decode"),
      ]
    case .serverCall:
      [
        Place("Shared/GRPC/Server/ConnectionCalls.swift", "open"),
        Place("Shared/GRPC/Wire/MessageAssembler.swift", "next"),
      ]
    case .serverValue:
      [
        Place("Shared/GRPC/Server/MethodImplementation.swift", "decodeRequest"),
        Place("01-unary/Server.swift", "sayHello"),
      ]
    case .serverReply: [Place("01-unary/Server.swift", "sayHello")]
    case .serverBytes:
      [
        Place("Shared/GRPC/Server/ServerContext+Sending.swift", "respond"),
        Place("Shared/ProtobufWire/WireWriter+Scalars.swift", "writeString"),
      ]
    case .serverFramesOut:
      [
        Place(
          "Shared/HTTP2/HTTP2Connection+Send.swift",
          "sendHeaders",
          "sendData",
          "sendTrailers"
        )
      ]
    case .socketBack:
      [
        Place("Shared/Transport/Connection.swift", "flush", "becameReadable"),
        Place("Shared/Sockets/Socket.swift", "write", "read"),
      ]
    case .clientFramesIn:
      [
        Place("Shared/HTTP2/HTTP2Connection+Messages.swift", "receiveHeaders", "receiveData"),
        Place("Shared/GRPC/Client/ClientStream.swift", "receiveHeaders", "receiveData"),
        Place("Shared/GRPC/Client/ClientStream.swift", "receiveTrailers"),
      ]
    case .clientCallEnd:
      [
        Place("Shared/GRPC/Wire/MessageReader.swift", "next"),
        Place("Shared/GRPC/Client/ClientCall.swift", "receiveTrailers"),
        Place("Shared/GRPC/Client/ClientCalls.swift", "onlyResponse"),
      ]
    }
  }
}

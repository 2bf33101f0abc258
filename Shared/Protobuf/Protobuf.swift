// The Protobuf layer.

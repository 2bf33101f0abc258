// The ProtobufWire layer.

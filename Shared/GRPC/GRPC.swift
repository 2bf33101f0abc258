// The GRPC layer.

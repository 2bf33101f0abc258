// The HTTP2 layer.

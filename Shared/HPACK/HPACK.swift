// The HPACK layer.

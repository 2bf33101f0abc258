//go:build grpc133

package lesson

import "google.golang.org/grpc"

// Plaintext is the dial option for a connection without TLS; Debian's grpc-go 1.33
// has no other.
func Plaintext() grpc.DialOption { return grpc.WithInsecure() }

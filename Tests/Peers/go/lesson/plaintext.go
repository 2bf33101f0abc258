//go:build !grpc133

package lesson

import (
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Plaintext is the dial option for a connection without TLS.
func Plaintext() grpc.DialOption {
	return grpc.WithTransportCredentials(insecure.NewCredentials())
}

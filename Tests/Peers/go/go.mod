// For systems without Debian's Go libraries: Tests/setup copies this file and the
// Go peers of all lessons to .build/peers/go/src/lessons and builds them there.
module lessons

go 1.23

require (
	google.golang.org/grpc v1.71.0
	google.golang.org/protobuf v1.36.5
)

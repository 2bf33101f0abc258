/// `client deadline`: how long the client is willing to wait.
///
/// The client's own clock decides, whatever the server does; what is left of the time goes out as
/// `grpc-timeout`, so that the server can stop, too.
func workUnderDeadline(_ client: RelayClient, _ work: Duration) async throws {
  try await client.finish(try await client.startWork(work))
}

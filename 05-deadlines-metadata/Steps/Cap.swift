/// `client cap`: how long the server is willing to work, which it announces.
///
/// The same call as in `client deadline`. Whichever limit is shorter ends it: the client's own clock,
/// or a status from the server.
func workUnderCap(_ client: RelayClient, _ work: Duration) async throws {
  try await client.finish(try await client.startWork(work))
}

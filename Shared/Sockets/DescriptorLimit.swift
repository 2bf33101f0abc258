#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// How many descriptors this process may have open.
public enum DescriptorLimit {
  #if canImport(Glibc)
  private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
  private static let resource = RLIMIT_NOFILE
  #endif

  /// Raises the soft limit as far as the hard one allows, which every process may do.
  ///
  /// - Returns: The limit that holds now.
  @discardableResult
  public static func raise() -> Int {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return 256 }
    let old = limit.rlim_cur
    #if canImport(Darwin)
    // Darwin refuses more than OPEN_MAX, although it calls the hard limit infinite.
    limit.rlim_cur = min(limit.rlim_max, rlim_t(OPEN_MAX))
    #else
    limit.rlim_cur = limit.rlim_max
    #endif
    if setrlimit(resource, &limit) != 0 { limit.rlim_cur = old }
    return Int(clamping: limit.rlim_cur)
  }

  /// The last descriptors of a process are not for connections.
  ///
  /// Swift's runtime needs one now and then, to see what its threads do, and on Linux ends the process when it gets none.
  private static let reserve: rlim_t = 8

  /// Whether so few descriptors are left that this one, which was opened last, should be given back.
  static func isReached(by descriptor: Int32) -> Bool {
    var limit = rlimit()
    // The system hands out the lowest one that is free: a high number means that all below are taken.
    guard getrlimit(resource, &limit) == 0 else { return false }
    return rlim_t(descriptor) + reserve >= limit.rlim_cur
  }
}

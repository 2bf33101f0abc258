#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where the package and its built products lie, seen from this program.
package enum Products {
  /// The folder of the built products: that of this program, or of the bundle that holds a test.
  package static let folder: String = {
    var path = image ?? "."
    if let bundle = path.range(of: ".xctest/") {
      path = String(path[..<bundle.lowerBound])
    }
    return Files.folder(of: path)
  }()

  /// The file that this code was loaded from.
  private static var image: String? {
    #if canImport(Darwin)
    var information = Dl_info()
    guard dladdr(#dsohandle, &information) != 0, let name = information.dli_fname else {
      return nil
    }
    return Files.realPath(String(cString: name))
    #else
    return Files.realPath("/proc/self/exe")
    #endif
  }

  /// The folder that holds Package.swift: known from where this file was compiled.
  package static let package: String = {
    var folder = Files.folder(of: #filePath)
    while folder != "/" && !Files.exists("\(folder)/Package.swift") {
      folder = Files.folder(of: folder)
    }
    return folder
  }()
}

extension String {
  fileprivate func range(of part: String) -> Range<String.Index>? { ranges(of: part).first }
}

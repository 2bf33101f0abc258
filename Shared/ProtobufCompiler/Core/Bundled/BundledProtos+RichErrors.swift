/// The messages of rich errors: what travels in `grpc-status-details-bin`.
extension BundledProtos {
  static let statusProto = """
    syntax = "proto3";

    package google.rpc;

    import "google/protobuf/any.proto";

    option go_package = "google.golang.org/genproto/googleapis/rpc/status;status";
    option java_package = "com.google.rpc";
    option java_outer_classname = "StatusProto";
    option java_multiple_files = true;

    // How a call ended, with details that a program can read.
    message Status {
      // One of gRPC's status codes.
      int32 code = 1;
      // What happened, for a developer.
      string message = 2;
      // Further messages, most of them from error_details.proto.
      repeated google.protobuf.Any details = 3;
    }

    """

  static let errorDetailsProto = """
    syntax = "proto3";

    package google.rpc;

    import "google/protobuf/duration.proto";

    option go_package = "google.golang.org/genproto/googleapis/rpc/errdetails;errdetails";
    option java_package = "com.google.rpc";
    option java_outer_classname = "ErrorDetailsProto";
    option java_multiple_files = true;

    // The cause of an error, as a constant that programs can compare.
    message ErrorInfo {
      // The cause, such as "API_DISABLED"; unique within the domain.
      string reason = 1;
      // Who defines the reason, such as "greeter.example.org".
      string domain = 2;
      // Further facts about this error.
      map<string, string> metadata = 3;
    }

    // When a caller may try again.
    message RetryInfo {
      // How long to wait at least.
      google.protobuf.Duration retry_delay = 1;
    }

    // Where the error arose; not for strangers' eyes.
    message DebugInfo {
      // The stack, the innermost function first.
      repeated string stack_entries = 1;
      // Anything else.
      string detail = 2;
    }

    // Which quotas were used up.
    message QuotaFailure {
      // One quota.
      message Violation {
        // Whose quota, such as "project:17".
        string subject = 1;
        // What happened, for a developer.
        string description = 2;
        // The service that keeps the quota.
        string api_service = 3;
        // What is counted.
        string quota_metric = 4;
        // The name of the quota.
        string quota_id = 5;
        // For which region, user and so on it holds.
        map<string, string> quota_dimensions = 6;
        // The quota's value when the call was made.
        int64 quota_value = 7;
        // The value to which the quota is about to change.
        optional int64 future_quota_value = 8;
      }

      // All of them.
      repeated Violation violations = 1;
    }

    // What must hold before the call can succeed.
    message PreconditionFailure {
      // One condition.
      message Violation {
        // The kind of condition, such as "TOS".
        string type = 1;
        // What fails it.
        string subject = 2;
        // How to meet it.
        string description = 3;
      }

      // All of them.
      repeated Violation violations = 1;
    }

    // What is wrong with the request itself.
    message BadRequest {
      // One field.
      message FieldViolation {
        // The path to the field: "full_name", "addresses[1].street".
        string field = 1;
        // What is wrong, for a developer.
        string description = 2;
        // What is wrong, as a constant such as "TOO_LONG".
        string reason = 3;
        // What is wrong, for a user.
        LocalizedMessage localized_message = 4;
      }

      // All of them.
      repeated FieldViolation field_violations = 1;
    }

    // What to tell the service's operators about the request.
    message RequestInfo {
      // A name that only the service understands.
      string request_id = 1;
      // Anything else that helps to find the request, such as an encrypted stack.
      string serving_data = 2;
    }

    // Which resource was asked for.
    message ResourceInfo {
      // Its kind, such as "file".
      string resource_type = 1;
      // Its name.
      string resource_name = 2;
      // Whose it is, such as "user:ada@example.org".
      string owner = 3;
      // What went wrong with it.
      string description = 4;
    }

    // Where to read more.
    message Help {
      // One page.
      message Link {
        // What the page offers.
        string description = 1;
        // Its address.
        string url = 2;
      }

      // All of them.
      repeated Link links = 1;
    }

    // A message for the user, in the user's language.
    message LocalizedMessage {
      // The language, as BCP 47 names it: "en-US", "fr-CH".
      string locale = 1;
      // The text.
      string message = 2;
    }

    """
}

/// The well-known types.
extension BundledProtos {
  static let anyProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "AnyProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/anypb";
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // Any message, together with the name of its type.
    message Any {
      // The full name of the type behind a slash, usually "type.googleapis.com/package.Message".
      string type_url = 1;
      // The message, serialized.
      bytes value = 2;
    }

    """

  static let apiProto = """
    syntax = "proto3";

    package google.protobuf;

    import "google/protobuf/source_context.proto";
    import "google/protobuf/type.proto";

    option java_package = "com.google.protobuf";
    option java_outer_classname = "ApiProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/apipb";
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // An interface: what a service declaration says, as a message.
    message Api {
      string name = 1;
      repeated Method methods = 2;
      repeated Option options = 3;
      string version = 4;
      SourceContext source_context = 5;
      repeated Mixin mixins = 6;
      Syntax syntax = 7;
      string edition = 8;
    }

    // A method of an interface.
    message Method {
      string name = 1;
      string request_type_url = 2;
      bool request_streaming = 3;
      string response_type_url = 4;
      bool response_streaming = 5;
      repeated Option options = 6;
      Syntax syntax = 7 [deprecated = true];
      string edition = 8 [deprecated = true];
    }

    // An interface whose methods are included in another.
    message Mixin {
      string name = 1;
      string root = 2;
    }

    """

  static let durationProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "DurationProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/durationpb";
    option cc_enable_arenas = true;
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // A signed span of time, up to about 10,000 years.
    message Duration {
      // Whole seconds, from -315,576,000,000 to +315,576,000,000.
      int64 seconds = 1;
      // Nanoseconds on top, below one second, with the sign of the seconds.
      int32 nanos = 2;
    }

    """

  static let emptyProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "EmptyProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/emptypb";
    option cc_enable_arenas = true;
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // Nothing: the request or response of a method that needs none.
    message Empty {}

    """

  static let fieldMaskProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "FieldMaskProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/fieldmaskpb";
    option cc_enable_arenas = true;
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // Names some fields of a message.
    message FieldMask {
      // Field names; a dot leads into an embedded message: "author.name".
      repeated string paths = 1;
    }

    """

  static let sourceContextProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "SourceContextProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/sourcecontextpb";
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // Where a declaration was found.
    message SourceContext {
      // The path of the .proto file, such as "google/protobuf/source_context.proto".
      string file_name = 1;
    }

    """

  static let structProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "StructProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/structpb";
    option cc_enable_arenas = true;
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // A JSON object.
    message Struct {
      // The members by name.
      map<string, Value> fields = 1;
    }

    // Any JSON value.
    message Value {
      // What the value is; one that is not set is an error.
      oneof kind {
        // null.
        NullValue null_value = 1;
        // A number; JSON has neither NaN nor infinity.
        double number_value = 2;
        // A string.
        string string_value = 3;
        // true or false.
        bool bool_value = 4;
        // An object.
        Struct struct_value = 5;
        // An array.
        ListValue list_value = 6;
      }
    }

    // A JSON array.
    message ListValue {
      // The elements.
      repeated Value values = 1;
    }

    // The one value of JSON's null.
    enum NullValue {
      // null.
      NULL_VALUE = 0;
    }

    """

  static let timestampProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "TimestampProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/timestamppb";
    option cc_enable_arenas = true;
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // A moment in time: so long after 1970-01-01T00:00:00Z, without leap seconds.
    message Timestamp {
      // Whole seconds, from the year 1 (-62,135,596,800) to the end of the year 9999
      // (253,402,300,799).
      int64 seconds = 1;
      // Nanoseconds on top, 0 to 999,999,999, counted forwards also before 1970.
      int32 nanos = 2;
    }

    """

  static let typeProto = """
    syntax = "proto3";

    package google.protobuf;

    import "google/protobuf/any.proto";
    import "google/protobuf/source_context.proto";

    option java_package = "com.google.protobuf";
    option java_outer_classname = "TypeProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/typepb";
    option cc_enable_arenas = true;
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // A message type: what a message declaration says, as a message.
    message Type {
      string name = 1;
      repeated Field fields = 2;
      repeated string oneofs = 3;
      repeated Option options = 4;
      SourceContext source_context = 5;
      Syntax syntax = 6;
      string edition = 7;
    }

    // A field of a message type.
    message Field {
      // The type of a field.
      enum Kind {
        TYPE_UNKNOWN = 0;
        TYPE_DOUBLE = 1;
        TYPE_FLOAT = 2;
        TYPE_INT64 = 3;
        TYPE_UINT64 = 4;
        TYPE_INT32 = 5;
        TYPE_FIXED64 = 6;
        TYPE_FIXED32 = 7;
        TYPE_BOOL = 8;
        TYPE_STRING = 9;
        TYPE_GROUP = 10;
        TYPE_MESSAGE = 11;
        TYPE_BYTES = 12;
        TYPE_UINT32 = 13;
        TYPE_ENUM = 14;
        TYPE_SFIXED32 = 15;
        TYPE_SFIXED64 = 16;
        TYPE_SINT32 = 17;
        TYPE_SINT64 = 18;
      }

      // How often a field occurs.
      enum Cardinality {
        CARDINALITY_UNKNOWN = 0;
        CARDINALITY_OPTIONAL = 1;
        CARDINALITY_REQUIRED = 2;
        CARDINALITY_REPEATED = 3;
      }

      Kind kind = 1;
      Cardinality cardinality = 2;
      int32 number = 3;
      string name = 4;
      string type_url = 6;
      int32 oneof_index = 7;
      bool packed = 8;
      repeated Option options = 9;
      string json_name = 10;
      string default_value = 11;
    }

    // An enum type.
    message Enum {
      string name = 1;
      repeated EnumValue enumvalue = 2;
      repeated Option options = 3;
      SourceContext source_context = 4;
      Syntax syntax = 5;
      string edition = 6;
    }

    // A value of an enum type.
    message EnumValue {
      string name = 1;
      int32 number = 2;
      repeated Option options = 3;
    }

    // An option with its value.
    message Option {
      string name = 1;
      Any value = 2;
    }

    // The language a file is written in.
    enum Syntax {
      SYNTAX_PROTO2 = 0;
      SYNTAX_PROTO3 = 1;
      SYNTAX_EDITIONS = 2;
    }

    """

  static let wrappersProto = """
    syntax = "proto3";

    package google.protobuf;

    option java_package = "com.google.protobuf";
    option java_outer_classname = "WrappersProto";
    option java_multiple_files = true;
    option go_package = "google.golang.org/protobuf/types/known/wrapperspb";
    option cc_enable_arenas = true;
    option objc_class_prefix = "GPB";
    option csharp_namespace = "Google.Protobuf.WellKnownTypes";

    // A double that may be absent.
    message DoubleValue {
      // The number.
      double value = 1;
    }

    // A float that may be absent.
    message FloatValue {
      // The number.
      float value = 1;
    }

    // An int64 that may be absent.
    message Int64Value {
      // The number.
      int64 value = 1;
    }

    // A uint64 that may be absent.
    message UInt64Value {
      // The number.
      uint64 value = 1;
    }

    // An int32 that may be absent.
    message Int32Value {
      // The number.
      int32 value = 1;
    }

    // A uint32 that may be absent.
    message UInt32Value {
      // The number.
      uint32 value = 1;
    }

    // A bool that may be absent.
    message BoolValue {
      // True or false.
      bool value = 1;
    }

    // A string that may be absent.
    message StringValue {
      // The text.
      string value = 1;
    }

    // Bytes that may be absent.
    message BytesValue {
      // The bytes.
      bytes value = 1;
    }

    """
}

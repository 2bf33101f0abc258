"""Holds protobuf-peer against Python's protobuf, whose messages come from the same .proto files.

usage: compare.py PEER [COUNT]

1. Random messages, written by Python (deterministic): we read and write them, and the bytes must be the same.
2. Random odd wire forms, made by our side: Python reads them and writes what we write.
3. Broken wire forms, among them every cut of a message: both refuse, or both accept.
4. Nesting: both accept 100 levels, and refuse one more.
5. Rich errors: google.rpc.Status as grpcio-status makes and reads it.
"""
import math, os, random, struct, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
MESSAGES = os.path.join(HERE, "..", "..", "TestMessages")


def generate(folder):
    from grpc_tools import protoc
    import grpc_tools
    include = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
    status = protoc.main(["protoc", "-I", MESSAGES, "-I", include, "--python_out=" + folder,
                          "everything.proto", "other/place.proto"])
    if status:
        sys.exit("cannot generate the Python messages")
    sys.path.insert(0, folder)


def frame(data):
    return struct.pack("<I", len(data)) + data


def frames(data):
    position, result = 0, []
    while position < len(data):
        (length,) = struct.unpack_from("<I", data, position)
        position += 4
        if length == 0xFFFFFFFF:
            result.append(None)
            continue
        result.append(data[position:position + length])
        position += length
    return result


def peer(*arguments, messages=()):
    result = subprocess.run([PEER, *arguments], input=b"".join(map(frame, messages)), stdout=subprocess.PIPE)
    if result.returncode:
        sys.exit(f"protobuf-peer {' '.join(arguments)} ended with {result.returncode}")
    return result.stdout


def value(field, depth):
    kind = field.type
    if kind in (field.TYPE_DOUBLE, field.TYPE_FLOAT):
        number = random.choice([0.0, -0.0, 1.5, -2.25, math.inf, -math.inf, math.nan, random.uniform(-1e9, 1e9)])
        return number
    if kind == field.TYPE_BOOL:
        return random.random() < 0.5
    if kind == field.TYPE_STRING:
        return "".join(random.choice("ab0 é\0ß\ufffd😀漢\"\\\n") for _ in range(random.randrange(9)))
    if kind == field.TYPE_BYTES:
        return random.randbytes(random.choice([0, 1, 5, 127, 128, 300]))
    if kind == field.TYPE_ENUM:
        return random.choice([0, 1, -1, 17, -2**31, 2**31 - 1])
    bits = 64 if kind in (field.TYPE_INT64, field.TYPE_UINT64, field.TYPE_SINT64, field.TYPE_FIXED64,
                          field.TYPE_SFIXED64) else 32
    unsigned = kind in (field.TYPE_UINT64, field.TYPE_UINT32, field.TYPE_FIXED64, field.TYPE_FIXED32)
    low, high = (0, 2**bits - 1) if unsigned else (-2**(bits - 1), 2**(bits - 1) - 1)
    return random.choice([low, high, 0, 1, random.randint(low, high), random.randint(max(low, -300), 300)])


def fill(message, depth=0):
    fields = list(message.DESCRIPTOR.fields)
    for field in random.sample(fields, min(len(fields), random.randrange(30 if depth == 0 else 6 - depth))):
        entry = field.message_type if field.message_type and field.message_type.GetOptions().map_entry else None
        if entry:
            target, content = getattr(message, field.name), entry.fields_by_name["value"]
            for _ in range(random.randrange(5)):
                key = value(entry.fields_by_name["key"], depth)
                if content.message_type:
                    target[key].SetInParent()
                    if depth < 3: fill(target[key], depth + 1)
                else:
                    target[key] = value(content, depth)
        elif field.is_repeated:
            target = getattr(message, field.name)
            for _ in range(random.randrange(5)):
                if field.message_type:
                    element = target.add()
                    if depth < 3: fill(element, depth + 1)
                else:
                    target.append(value(field, depth))
        elif field.message_type:
            target = getattr(message, field.name)
            target.SetInParent()
            if depth < 3: fill(target, depth + 1)
        else:
            setattr(message, field.name, value(field, depth))
    return message


def parse(data):
    from google.protobuf.message import DecodeError
    try:
        return everything.Everything.FromString(data).SerializeToString(deterministic=True)
    except DecodeError:
        return None


def check(label, pairs):
    pairs = list(pairs)
    wrong = [(data, expected, ours) for data, expected, ours in pairs if expected != ours]
    for data, expected, ours in wrong[:3]:
        print(f"DIFFERS in {label}: {data.hex()}\n  Python: {expected and expected.hex()}\n  ours:   {ours and ours.hex()}")
    print(f"{label}: {len(pairs) - len(wrong)} of {len(pairs)} agree")
    return not wrong


def written_by_python(count):
    messages = [fill(everything.Everything()).SerializeToString(deterministic=True) for _ in range(count)]
    return check("Python's messages", zip(messages, messages, frames(peer("echo", messages=messages))))


def written_by_us(count):
    made = frames(peer("make", "17", str(count)))
    odd, ours = made[0::2], made[1::2]
    return check("our odd messages", zip(odd, map(parse, odd), ours))


def broken(count):
    data = []
    whole = fill(everything.Everything()).SerializeToString(deterministic=True)
    while len(whole) > 2000 or len(whole) < 500:
        whole = fill(everything.Everything()).SerializeToString(deterministic=True)
    data += [whole[:length] for length in range(len(whole))]
    for _ in range(count):
        mutant = bytearray(random.choice(data[-200:]))
        for _ in range(random.randrange(1, 4)):
            if mutant: mutant[random.randrange(len(mutant))] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])
        data.append(bytes(mutant))
    ours = frames(peer("echo", messages=data))
    return check("broken messages", zip(data, map(parse, data), ours))


def nesting():
    def nested(levels):
        data = b"\x08\x01"
        for _ in range(levels): data = b"\xda\x07" + varint(len(data)) + data  # child = 123
        return data

    def groups(levels):
        return b"\x9b\x01" * levels + b"\x9c\x01" * levels  # unknown field 19

    data = [form(levels) for form in (nested, groups) for levels in (1, 98, 99, 100, 101, 102, 1000)]
    return check("nesting", zip(data, map(parse, data), frames(peer("echo", messages=data))))


def varint(number):
    result = b""
    while number >= 0x80:
        result += bytes([number & 0x7F | 0x80])
        number >>= 7
    return result + bytes([number])


def rich_errors():
    from google.protobuf import any_pb2, duration_pb2
    from google.rpc import error_details_pb2 as details, status_pb2
    from grpc_status import rpc_status
    import grpc

    def packed(*messages):
        anys = [any_pb2.Any() for _ in messages]
        for target, message in zip(anys, messages): target.Pack(message, deterministic=True)
        return anys

    expected = status_pb2.Status(code=3, message="the name – it is empty", details=packed(
        details.BadRequest(field_violations=[details.BadRequest.FieldViolation(field="name", description="is empty")]),
        details.ErrorInfo(reason="EMPTY", domain="example.org", metadata={"a": "1", "b": "2"}),
        details.RetryInfo(retry_delay=duration_pb2.Duration(seconds=1, nanos=500_000_000)),
        details.LocalizedMessage(locale="fr-CH", message="le nom est vide")))
    theirs = status_pb2.Status(code=8, message="used up", details=packed(
        details.QuotaFailure(violations=[details.QuotaFailure.Violation(subject="project:17")]),
        details.RetryInfo(retry_delay=duration_pb2.Duration(seconds=2)),
        details.Help(links=[details.Help.Link(description="more", url="https://example.org/")]),
        details.DebugInfo(stack_entries=["main"]),
        details.ResourceInfo(owner="ada"),
        details.RequestInfo(request_id="r17"),
        details.PreconditionFailure(violations=[details.PreconditionFailure.Violation(type="TOS")])))
    # What grpcio-status would put into the trailers.
    (sent,) = [v for k, v in rpc_status.to_status(theirs).trailing_metadata if k == "grpc-status-details-bin"]
    output = peer("status", messages=[sent])
    (length,) = struct.unpack_from("<I", output)
    ours, words = output[4:4 + length], output[4 + length:].decode()

    class Call:  # as much of a finished call as grpcio-status looks at
        def code(self): return grpc.StatusCode.INVALID_ARGUMENT
        def details(self): return "the name – it is empty"
        def trailing_metadata(self): return METADATA
    from collections import namedtuple
    METADATA = [namedtuple("Pair", "key value")("grpc-status-details-bin", ours)]
    read = rpc_status.from_call(Call())
    good = read == expected
    wanted = ('8 used up\n["project:17"]\n2s\n["https://example.org/"]\n["main"]\nada\nr17\n["TOS"]\ntrue\n')
    if words != wanted:
        print("DIFFERS in rich errors: we read", words)
    if not good:
        print("DIFFERS in rich errors: Python reads", read)
    print("rich errors:", "both directions agree" if good and words == wanted else "differ")
    return good and words == wanted


PEER = os.path.abspath(sys.argv[1])
count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
random.seed(17)
start = time.monotonic()
with tempfile.TemporaryDirectory() as folder:
    generate(folder)
    import everything_pb2 as everything
    good = [written_by_python(count), written_by_us(count), broken(count), nesting(), rich_errors()]
print(f"{time.monotonic() - start:.1f} s")
sys.exit(0 if all(good) else 1)

// The same loops as Main.swift with Google's C++ protobuf.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "order.pb.h"

static bench::Order order() {
  bench::Order order;
  order.set_id("2026-11-24/000017");
  order.set_created(1795000000000);
  auto *buyer = order.mutable_buyer();
  buyer->set_name("Ada Lovelace");
  buyer->set_street("St James's Square");
  buyer->set_number(12);
  const struct { const char *article; int count; double price; } lines[] = {
      {"Analytical engine", 1, 1234.5}, {"Punched cards", 5000, 0.25}, {"Oil", 3, 7}};
  for (const auto &line : lines) {
    auto *added = order.add_lines();
    added->set_article(line.article);
    added->set_count(line.count);
    added->set_price(line.price);
  }
  order.set_paid(true);
  order.set_total(2505.5);
  for (int tag : {1, 200, 30000}) order.add_tags(tag);
  return order;
}

template <class M> static void encode(const M &message, long count) {
  std::vector<char> buffer(1 << 16);
  long sum = 0;
  for (long i = 0; i < count; i++) {
    size_t size = message.ByteSizeLong();
    message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t *>(buffer.data()));
    sum += size;
  }
  printf("%ld\n", sum);
}

template <class M> static void decode(const M &message, long count) {
  std::string bytes = message.SerializeAsString();
  long sum = 0;
  for (long i = 0; i < count; i++) {
    M decoded;
    if (decoded.ParseFromArray(bytes.data(), bytes.size())) sum += bytes.size();
  }
  printf("%ld\n", sum);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  std::string scenario = argv[1];
  long count = atol(argv[2]);
  bench::Msg msg;
  msg.set_payload(std::string(scenario.find("1024") != std::string::npos ? 1024 : 16, 7));
  if (scenario.rfind("encode-msg", 0) == 0) encode(msg, count);
  else if (scenario.rfind("decode-msg", 0) == 0) decode(msg, count);
  else if (scenario == "encode-order") encode(order(), count);
  else if (scenario == "decode-order") decode(order(), count);
  else return 2;
}

// Reads answers as a client would: as bytes, or decoded into messages.
//
// Not thread-safe: a reader keeps the memory of the answer before.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/arena.h"
#include "grpcpp/grpcpp.h"

namespace codeset::bench {

// The calls that the load generator makes.
enum class CallKind { kGetConcept, kBatchGetConcepts, kListRelatives, kValidateCodes, kStreamDiff };

// What an answer has.
struct AnswerItems {
  int found = 0;
  int missing = 0;
  size_t bytes = 0;
};

// See above.
class AnswerReader {
 public:
  // If `decode`, answers are parsed into messages on an arena that is used again and again; else
  // their items are counted by walking over the outermost fields, and every byte is looked at.
  AnswerReader(CallKind kind, bool decode);

  // Reads one answer. DATA_LOSS where it cannot be read.
  absl::StatusOr<AnswerItems> Read(grpc::ByteBuffer& answer);

 private:
  absl::StatusOr<AnswerItems> ReadBytes(grpc::ByteBuffer& answer) const;
  absl::StatusOr<AnswerItems> ReadMessage(grpc::ByteBuffer& answer);

  const CallKind kind_;
  const bool decode_;
  // Where the arena begins.
  std::vector<char> block_;
  std::unique_ptr<google::protobuf::Arena> arena_;
};

// The sum of some bytes as 64-bit words: what reading them costs at least.
size_t SumOfBytes(const char* data, size_t size);

}  // namespace codeset::bench

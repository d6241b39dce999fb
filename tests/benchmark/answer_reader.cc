#include "tests/benchmark/answer_reader.h"

#include <cstdint>
#include <cstring>

#include "absl/status/status.h"
#include "codeset/v1/releases.pb.h"
#include "codeset/v1/terminology.pb.h"
#include "codeset/v1/validation.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace codeset::bench {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr size_t kArenaBlock = size_t{16} << 20;

// The field of the answer that has the items.
int ItemField(CallKind kind) {
  switch (kind) {
    case CallKind::kGetConcept:
      return v1::GetConceptResponse::kFoundFieldNumber;
    case CallKind::kBatchGetConcepts:
      return v1::BatchGetConceptsResponse::kResultsFieldNumber;
    case CallKind::kListRelatives:
      return v1::ListRelativesResponse::kConceptsFieldNumber;
    case CallKind::kValidateCodes:
      return v1::ValidateCodesResponse::kResultsFieldNumber;
    case CallKind::kStreamDiff:
      return v1::StreamDiffResponse::kChangesFieldNumber;
  }
  return 0;
}

absl::Status Unreadable() { return absl::DataLossError("an answer cannot be read"); }

// Parses an answer on an arena; null where that fails.
template <typename Message>
const Message* Parse(grpc::ByteBuffer& answer, google::protobuf::Arena* arena) {
  auto* message = google::protobuf::Arena::CreateMessage<Message>(arena);
  grpc::ProtoBufferReader reader(&answer);
  return message->ParseFromZeroCopyStream(&reader) ? message : nullptr;
}

// What is on an item whose first byte is `tag`: of a batch, whether it was found.
void CountItem(CallKind kind, uint8_t tag, AnswerItems& items) {
  constexpr uint8_t kFailure = WireFormatLite::MakeTag(v1::ConceptResult::kFailureFieldNumber,
                                                       WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  if (kind == CallKind::kBatchGetConcepts && tag == kFailure) {
    ++items.missing;
  } else {
    ++items.found;
  }
}

}  // namespace

size_t SumOfBytes(const char* data, size_t size) {
  uint64_t sum = 0, word = 0;
  for (; size >= sizeof(word); data += sizeof(word), size -= sizeof(word)) {
    std::memcpy(&word, data, sizeof(word));
    sum += word;
  }
  for (size_t i = 0; i < size; ++i) sum += static_cast<uint8_t>(data[i]);
  return sum;
}

AnswerReader::AnswerReader(CallKind kind, bool decode) : kind_(kind), decode_(decode) {
  if (!decode_) return;
  block_.resize(kArenaBlock);
  google::protobuf::ArenaOptions options;
  options.initial_block = block_.data();
  options.initial_block_size = block_.size();
  arena_ = std::make_unique<google::protobuf::Arena>(options);
}

absl::StatusOr<AnswerItems> AnswerReader::Read(grpc::ByteBuffer& answer) {
  return decode_ ? ReadMessage(answer) : ReadBytes(answer);
}

absl::StatusOr<AnswerItems> AnswerReader::ReadBytes(grpc::ByteBuffer& answer) const {
  AnswerItems items;
  items.bytes = answer.Length();
  {
    grpc::ProtoBufferReader reader(&answer);
    size_t sum = 0;
    const void* data = nullptr;
    for (int size = 0; reader.Next(&data, &size);) {
      sum += SumOfBytes(static_cast<const char*>(data), size);
    }
    // The compiler must not find that nobody wants the sum.
    asm volatile("" : : "r"(sum));
  }
  grpc::ProtoBufferReader reader(&answer);
  CodedInputStream in(&reader);
  const uint32_t item_tag =
      WireFormatLite::MakeTag(ItemField(kind_), WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  while (const uint32_t tag = in.ReadTag()) {
    if (tag != item_tag) {
      if (!WireFormatLite::SkipField(&in, tag)) return Unreadable();
      continue;
    }
    uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return Unreadable();
    const void* data = nullptr;
    int available = 0;
    uint8_t first = 0;
    if (size > 0) {
      if (!in.GetDirectBufferPointer(&data, &available)) return Unreadable();
      first = *static_cast<const uint8_t*>(data);
    }
    CountItem(kind_, first, items);
    if (!in.Skip(static_cast<int>(size))) return Unreadable();
  }
  if (!in.ConsumedEntireMessage()) return Unreadable();
  return items;
}

absl::StatusOr<AnswerItems> AnswerReader::ReadMessage(grpc::ByteBuffer& answer) {
  arena_->Reset();
  AnswerItems items;
  items.bytes = answer.Length();
  switch (kind_) {
    case CallKind::kGetConcept: {
      const auto* message = Parse<v1::GetConceptResponse>(answer, arena_.get());
      if (message == nullptr) return Unreadable();
      items.found = message->has_found() ? 1 : 0;
      return items;
    }
    case CallKind::kBatchGetConcepts: {
      const auto* message = Parse<v1::BatchGetConceptsResponse>(answer, arena_.get());
      if (message == nullptr) return Unreadable();
      for (const v1::ConceptResult& result : message->results()) {
        ++(result.has_found() ? items.found : items.missing);
      }
      return items;
    }
    case CallKind::kListRelatives: {
      const auto* message = Parse<v1::ListRelativesResponse>(answer, arena_.get());
      if (message == nullptr) return Unreadable();
      items.found = message->concepts_size();
      return items;
    }
    case CallKind::kValidateCodes: {
      const auto* message = Parse<v1::ValidateCodesResponse>(answer, arena_.get());
      if (message == nullptr) return Unreadable();
      items.found = message->results_size();
      return items;
    }
    case CallKind::kStreamDiff: {
      const auto* message = Parse<v1::StreamDiffResponse>(answer, arena_.get());
      if (message == nullptr) return Unreadable();
      items.found = message->changes_size();
      return items;
    }
  }
  return Unreadable();
}

}  // namespace codeset::bench

// Fields of messages written as bytes, where making a message first would cost more than all the
// rest of an answer. Sizes are known before anything is written, as lengths stand in front.
//
//   uint8_t* out = Extend(bytes, BytesSize(field, text.size()));
//   WriteText(field, text, out);
//
// Thread-safe: free functions and values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "storage/image/key_table.h"
#include "storage/model/concept_id.h"

namespace codeset::query {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

// An id spelt out: a key with a dot in it where it is a code. No longer than that, so that no text
// has to be made of it.
struct Id {
  char text[image::kMaxKeyLength + 1];
  uint8_t size = 0;

  absl::string_view view() const { return {text, size}; }
};

// Spells the id of a key out; `is_code` says whether it is one of the order file's.
inline void Spell(absl::string_view key, bool is_code, Id& id) {
  if (is_code && key.size() > model::kCategoryLength) {
    std::memcpy(id.text, key.data(), model::kCategoryLength);
    id.text[model::kCategoryLength] = '.';
    std::memcpy(id.text + model::kCategoryLength + 1, key.data() + model::kCategoryLength,
                key.size() - model::kCategoryLength);
    id.size = static_cast<uint8_t>(key.size() + 1);
  } else {
    std::memcpy(id.text, key.data(), key.size());
    id.size = static_cast<uint8_t>(key.size());
  }
}

// What stands before a field's value.
inline uint32_t TagOf(int field, WireFormatLite::WireType type) {
  return WireFormatLite::MakeTag(field, type);
}

// How many bytes a field has: a number (an enumeration, a bool), or a text, bytes or a message of
// `size` bytes.
inline size_t NumberSize(int field, uint32_t value) {
  return CodedOutputStream::VarintSize32(TagOf(field, WireFormatLite::WIRETYPE_VARINT)) +
         CodedOutputStream::VarintSize32(value);
}

inline size_t BytesSize(int field, size_t size) {
  return CodedOutputStream::VarintSize32(TagOf(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED)) +
         CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
}

// Each writes to where there is room and returns where it ended: a number; what stands before a
// text, bytes or a message of `size` bytes; bytes that are fields already; a text.
inline uint8_t* WriteNumber(int field, uint32_t value, uint8_t* out) {
  out = CodedOutputStream::WriteVarint32ToArray(TagOf(field, WireFormatLite::WIRETYPE_VARINT), out);
  return CodedOutputStream::WriteVarint32ToArray(value, out);
}

inline uint8_t* WriteLength(int field, size_t size, uint8_t* out) {
  out = CodedOutputStream::WriteVarint32ToArray(
      TagOf(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), out);
  return CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), out);
}

inline uint8_t* WriteRaw(absl::string_view text, uint8_t* out) {
  if (text.empty()) return out;  // It may have no place at all.
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

inline uint8_t* WriteText(int field, absl::string_view text, uint8_t* out) {
  return WriteRaw(text, WriteLength(field, text.size(), out));
}

// Makes room at the end; returns where it begins.
inline uint8_t* Extend(std::string& bytes, size_t size) {
  const size_t begin = bytes.size();
  bytes.resize(begin + size);
  return reinterpret_cast<uint8_t*>(bytes.data()) + begin;
}

// Appends a field that is a text, bytes or a message, already serialised.
inline void AppendBytesField(int field, absl::string_view value, std::string& bytes) {
  WriteText(field, value, Extend(bytes, BytesSize(field, value.size())));
}

}  // namespace codeset::query

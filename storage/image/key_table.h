// The places of concepts by their keys: a hash table of one word a slot.
//
// A key (`M9986`, `M99-M99`, `13`) has at most eight bytes, so that it is one 64-bit number. The
// table holds those numbers by place, and slots of 32 bits: the place and, in the bits that are
// left, some of the key's hash, so that nearly every look-up compares one key. About 12 bytes
// a concept, where a general hash map of texts takes 33.
//
//   KeyTable table;
//   RETURN_IF_ERROR(table.Build(keys));          // place = position in `keys`
//   table.Find("M9986");
//
// Thread-safe because immutable once built.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "storage/image/fetch.h"

namespace codeset::image {

// The longest key.
inline constexpr size_t kMaxKeyLength = sizeof(uint64_t);

// A key as a number; 0, which no key is, for a text that is empty or too long to be one.
inline uint64_t PackKey(absl::string_view key) {
  // (One that is empty may have no place to copy from.)
  if (key.empty() || key.size() > kMaxKeyLength) return 0;
  uint64_t packed = 0;
  std::memcpy(&packed, key.data(), key.size());
  return packed;
}

// See above.
class KeyTable {
 public:
  // Makes the table of keys, each of which has its position as its place; at most 2^31. Returns
  // the position of a key that is no key (too long, or empty) or is there twice; nothing if
  // there is none.
  std::optional<size_t> Build(std::vector<uint64_t> keys);

  std::optional<uint32_t> Find(absl::string_view key) const { return FindPacked(PackKey(key)); }

  // The same of a key as PackKey gives it.
  std::optional<uint32_t> FindPacked(uint64_t key) const {
    if (slots_.empty()) return std::nullopt;
    const uint64_t hash = Hash(key);
    const uint32_t tag = TagOf(hash);
    for (size_t slot = hash >> shift_;; slot = (slot + 1) & mask_) {
      const uint32_t entry = slots_[slot];
      if (entry == kEmpty) return std::nullopt;
      if ((entry & ~place_mask_) != tag) continue;
      const uint32_t place = entry & place_mask_;
      if (keys_[place] == key) return place;
    }
  }

  // Fetches what Guess reads into the cache. Who looks many keys up asks for all of them first, so
  // that memory is waited for once and not once a key.
  void FetchSlot(uint64_t key) const {
    if (!slots_.empty()) Prefetch(&slots_[Hash(key) >> shift_]);
  }

  // The place that a key has if it is in the table, nearly always: read without comparing the key.
  // Good for nothing but fetching what lies at that place; nothing for most keys that are not in
  // the table.
  std::optional<uint32_t> Guess(uint64_t key) const {
    if (slots_.empty()) return std::nullopt;
    const uint64_t hash = Hash(key);
    const uint32_t tag = TagOf(hash);
    for (size_t slot = hash >> shift_; slots_[slot] != kEmpty; slot = (slot + 1) & mask_) {
      if ((slots_[slot] & ~place_mask_) != tag) continue;
      const uint32_t place = slots_[slot] & place_mask_;
      Prefetch(&keys_[place]);
      return place;
    }
    return std::nullopt;
  }

  // The key of a place.
  uint64_t KeyAt(uint32_t place) const { return keys_[place]; }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;

  // Keys differ in few bits, most of them low; a product with an odd number spreads them, and
  // folding both halves lets the high bytes count as well.
  static uint64_t Hash(uint64_t key) {
    key ^= key >> 32;
    key *= 0x9E3779B97F4A7C15;
    key ^= key >> 29;
    return key * 0xBF58476D1CE4E5B9;
  }

  uint32_t TagOf(uint64_t hash) const { return static_cast<uint32_t>(hash) & ~place_mask_; }

  std::vector<uint64_t> keys_;
  // A power of two of them, at most half of them used; kEmpty, or place and tag.
  std::vector<uint32_t> slots_;
  uint64_t mask_ = 0;
  int shift_ = 0;
  // The bits of a slot that are the place.
  uint32_t place_mask_ = 0;
};

}  // namespace codeset::image

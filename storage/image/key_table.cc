#include "storage/image/key_table.h"

#include <utility>

namespace codeset::image {

std::optional<size_t> KeyTable::Build(std::vector<uint64_t> keys) {
  keys_ = std::move(keys);
  keys_.shrink_to_fit();
  // One place more than there are keys, so that no entry is kEmpty.
  const int place_bits = std::bit_width(keys_.size());
  place_mask_ = static_cast<uint32_t>((uint64_t{1} << place_bits) - 1);
  const size_t count = std::bit_ceil(keys_.size() * 2 + 2);
  slots_.assign(count, kEmpty);
  mask_ = count - 1;
  shift_ = 64 - std::countr_zero(count);
  for (size_t place = 0; place < keys_.size(); ++place) {
    if (keys_[place] == 0 || FindPacked(keys_[place]).has_value()) return place;
    const uint64_t hash = Hash(keys_[place]);
    size_t slot = hash >> shift_;
    while (slots_[slot] != kEmpty) slot = (slot + 1) & mask_;
    slots_[slot] = TagOf(hash) | static_cast<uint32_t>(place);
  }
  return std::nullopt;
}

}  // namespace codeset::image

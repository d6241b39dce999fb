#include "server/effective_cache.h"

#include <algorithm>
#include <iterator>

namespace codeset::server {
namespace {

// As many pairs as there may be releases that pages were verified against, many times over. One
// has some hundred kilobytes.
constexpr size_t kMaxPairs = 64;

}  // namespace

std::shared_ptr<const query::EffectiveDifference> EffectiveCache::Get(
    const std::shared_ptr<const image::Image>& from,
    const std::shared_ptr<const image::Image>& to) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    // A release that was loaded again has another image: nobody asks for the pairs of the old one.
    entries_.remove_if(
        [](const auto& known) { return known->from.expired() || known->to.expired(); });
    auto it = std::find_if(entries_.begin(), entries_.end(), [&](const auto& known) {
      return known->from.lock() == from && known->to.lock() == to;
    });
    if (it == entries_.end()) {
      entries_.push_front(std::make_shared<Entry>());
      entries_.front()->from = from;
      entries_.front()->to = to;
      if (entries_.size() > kMaxPairs) entries_.pop_back();
    } else {
      entries_.splice(entries_.begin(), entries_, it);
    }
    entry = entries_.front();
  }
  std::call_once(entry->once, [&] {
    entry->difference =
        std::make_shared<const query::EffectiveDifference>(query::CompareAllEffective(*from, *to));
  });
  return entry->difference;
}

}  // namespace codeset::server

#include "client/cpp/selector.h"

#include <string>

namespace codeset::client {

v1::ReleaseSelector ById(absl::string_view id) {
  v1::ReleaseSelector selector;
  selector.set_release(std::string(id));
  return selector;
}

v1::ReleaseSelector OnDate(absl::string_view date, Staleness staleness) {
  v1::ReleaseSelector selector;
  selector.set_date(std::string(date));
  selector.set_allow_stale(staleness == Staleness::kAllow);
  return selector;
}

v1::ReleaseSelector Current() { return ById("current"); }

v1::ReleaseSelector Next() { return ById("next"); }

}  // namespace codeset::client

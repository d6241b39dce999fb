#include "storage/model/effective_poa.h"

#include "absl/strings/str_cat.h"
#include "storage/model/release.h"

namespace codeset::model {

Digest EffectivePoaDigest(absl::string_view code, bool exempt) {
  return DigestOf(absl::StrCat("codeset/1 effective ", FacetGroupName(FacetGroup::kPoa), " ", code,
                               "\nexempt\t", exempt ? "1" : "0", "\n"));
}

}  // namespace codeset::model

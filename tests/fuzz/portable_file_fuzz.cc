// Portable files (portable_text.h): what is read is written as the same bytes; and of releases that
// a load would take, every concept is told in every view as the message and the bytes say it, and
// the releases are compared.
#include <memory>
#include <string>
#include <vector>

#include "codeset/v1/terminology.pb.h"
#include "storage/image/image.h"
#include "storage/portable/canonical_check.h"
#include "storage/portable/portable_file.h"
#include "storage/query/concept_view.h"
#include "storage/query/concept_wire.h"
#include "storage/query/diff.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/portable_text.h"

namespace codeset {
namespace {

using model::Reason;

constexpr char kName[] = "set.codeset";

// The image of a release, where all of it is in order.
std::shared_ptr<const image::Image> BuildOf(const portable::PortableRelease& release,
                                            const portable::Pages& pages, image::PageCache& cache) {
  const auto image = image::Image::Build(release.spec, pages, cache);
  if (!image.ok()) {
    fuzz::ExpectError(image.status(), {Reason::kDataDamaged});
    return nullptr;
  }
  for (const auto& [group, root] : release.spec.groups) {
    const absl::Status canonical = portable::CheckCanonical(pages, group, root);
    if (canonical.ok()) continue;
    fuzz::ExpectError(canonical, {Reason::kDataDamaged});
    return nullptr;
  }
  return *image;
}

void CheckConcepts(const image::Image& image) {
  for (const v1::ConceptView view :
       {v1::CONCEPT_VIEW_BASIC, v1::CONCEPT_VIEW_FULL, v1::CONCEPT_VIEW_EFFECTIVE}) {
    const query::ConceptWire wire(image, view);
    for (image::NodeIndex node = 0; node < image.nodes().size(); ++node) {
      v1::GetConceptResponse expected;
      *expected.mutable_found() = query::ViewConcept(image, node, view);
      std::string bytes;
      wire.AppendField(v1::GetConceptResponse::kFoundFieldNumber, node, bytes);
      fuzz::Expect(bytes == expected.SerializeAsString(), "a concept's bytes are not its message",
                   expected.ShortDebugString());
      fuzz::Expect(image.Find(image.node(node).key) == node, "a concept is not found");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes = fuzz::PortableOf(fuzz::TextOf(data, size));
  const absl::StatusOr<portable::PortableSet> set = portable::ReadPortable(bytes, kName);
  if (!set.ok()) {
    return fuzz::ExpectError(set.status(), {Reason::kDataDamaged, Reason::kSourceNotRecognised,
                                            Reason::kFormatUnsupported, Reason::kLoadTooLarge});
  }
  const absl::StatusOr<std::string> written = portable::FormatPortable(*set);
  fuzz::ExpectOk(written.status(), "what was read is not written");
  fuzz::Expect(*written == bytes, "what was read is written otherwise");
  image::PageCache cache;
  std::vector<std::shared_ptr<const image::Image>> images;
  for (const portable::PortableRelease& release : set->releases) {
    std::shared_ptr<const image::Image> image = BuildOf(release, set->pages, cache);
    if (image == nullptr) continue;
    CheckConcepts(*image);
    if (!images.empty()) query::Compare(*images.back(), *image, {});
    images.push_back(std::move(image));
  }
  return 0;
}

}  // namespace codeset

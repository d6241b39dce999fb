#include "server/export.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "server/releases.h"
#include "server/request.h"
#include "storage/model/digest.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/portable/page_tree.h"

namespace codeset::server {
namespace {

using model::Digest;
using model::FacetGroup;
using portable::Extent;
using portable::PageNeed;

// Pages that are read at once; most have a few kilobytes.
constexpr size_t kPagesPerRead = 64;

using Key = std::pair<FacetGroup, Digest>;

// What the client holds already.
struct Held {
  // Root pages of whole groups.
  absl::flat_hash_set<Key> groups;
  // Root pages of tabular groups without categories.
  absl::flat_hash_set<Key> structures;
};

Held ReadHeld(const v1::ExportReleaseRequest& request, RequestCheck& check) {
  Held held;
  if (request.held_size() > kMaxHeldGroups || request.held_structures_size() > kMaxHeldGroups) {
    check.Fail(request.held_size() > kMaxHeldGroups ? "held" : "held_structures",
               absl::StrCat("at most ", kMaxHeldGroups, " are taken"));
    return held;
  }
  for (int i = 0; i < request.held_size(); ++i) {
    const v1::FacetGroupFingerprint& group = request.held(i);
    const absl::StatusOr<Digest> digest = model::ParseDigest(group.fingerprint());
    if (!v1::FacetGroup_IsValid(group.group()) || group.group() == v1::FACET_GROUP_UNSPECIFIED) {
      check.Fail(absl::StrCat("held[", i, "].group"), "it is no facet group");
    } else if (!digest.ok()) {
      check.Fail(absl::StrCat("held[", i, "].fingerprint"),
                 "a fingerprint has 64 lower-case hexadecimal digits");
    } else {
      held.groups.emplace(static_cast<FacetGroup>(group.group()), *digest);
    }
  }
  for (int i = 0; i < request.held_structures_size(); ++i) {
    const absl::StatusOr<Digest> digest = model::ParseDigest(request.held_structures(i));
    if (!digest.ok()) {
      check.Fail(absl::StrCat("held_structures[", i, "]"),
                 "a fingerprint has 64 lower-case hexadecimal digits");
    } else {
      held.structures.emplace(FacetGroup::kTabular, *digest);
    }
  }
  return held;
}

// The walk over a release's pages, a message at a time.
class Export {
 public:
  Export(OpenRelease open, Held held, Cancelled cancelled)
      : open_(std::move(open)), held_(std::move(held)), cancelled_(std::move(cancelled)) {}

  absl::StatusOr<std::optional<v1::ExportReleaseResponse>> Next() {
    v1::ExportReleaseResponse response;
    if (!begun_) {
      RETURN_IF_ERROR(Begin(response));
      begun_ = true;
      return std::optional<v1::ExportReleaseResponse>(std::move(response));
    }
    size_t bytes = 0;
    while (true) {
      if (ready_.empty()) {
        if (due_.empty()) break;
        RETURN_IF_ERROR(ReadSome());
        continue;
      }
      const size_t more = ready_.front().text().size();
      if (bytes > 0 && bytes + more > kMaxExportBytes) break;
      bytes += more;
      *response.add_pages() = std::move(ready_.front());
      ready_.pop_front();
    }
    if (response.pages().empty()) return std::optional<v1::ExportReleaseResponse>();
    return std::optional<v1::ExportReleaseResponse>(std::move(response));
  }

 private:
  absl::Status Begin(v1::ExportReleaseResponse& response) {
    const image::ImageSpec spec = open_.catalog->SpecOf(*open_.release, open_.today);
    *response.mutable_release() = open_.resolved;
    *response.mutable_description() = Describe(*open_.catalog, *open_.release, open_.today);
    if (spec.lender.has_value()) {
      response.set_structure_fingerprint(model::FormatDigest(spec.lender->tabular_root));
    }
    if (spec.poa.has_value()) response.set_poa_fingerprint(model::FormatDigest(spec.poa->root));
    RETURN_IF_ERROR(MarkHeld());
    for (PageNeed& root : portable::RootsOf(spec)) Need(std::move(root));
    return absl::OkStatus();
  }

  // Marks what can be reached from the groups that the client holds, of those that are loaded:
  // pages of others could not be read.
  absl::Status MarkHeld() {
    absl::flat_hash_set<Key> looked_at;
    for (const store::CatalogRelease& release : open_.catalog->releases()) {
      for (const Key& root : release.groups) {
        if (!looked_at.insert(root).second) continue;
        if (held_.groups.contains(root)) {
          RETURN_IF_ERROR(Mark(portable::RootOf(root.first, root.second), whole_));
        } else if (held_.structures.contains(root)) {
          RETURN_IF_ERROR(
              Mark(portable::RootOf(root.first, root.second, Extent::kStructure), structure_));
        }
      }
    }
    return absl::OkStatus();
  }

  // Adds a page and all that can be reached from it to `marked`.
  absl::Status Mark(PageNeed root, absl::flat_hash_set<Key>& marked) {
    std::vector<PageNeed> level = {std::move(root)};
    while (!level.empty()) {
      RETURN_IF_ERROR(CheckCancelled(cancelled_));
      std::vector<PageNeed> inner;
      std::vector<Digest> digests;
      for (PageNeed& need : level) {
        if (!marked.emplace(need.group, need.digest).second || need.IsLeaf()) continue;
        digests.push_back(need.digest);
        inner.push_back(std::move(need));
      }
      level.clear();
      if (inner.empty()) break;
      ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                       open_.catalog->pages().Read(inner.front().group, digests));
      for (size_t i = 0; i < inner.size(); ++i) {
        ASSIGN_OR_RETURN(std::vector<PageNeed> below, portable::ChildrenOf(inner[i], texts[i]));
        std::move(below.begin(), below.end(), std::back_inserter(level));
      }
    }
    return absl::OkStatus();
  }

  // Puts a page on the way, once, unless all of it is held.
  void Need(PageNeed need) {
    const Key key(need.group, need.digest);
    if (whole_.contains(key) || !seen_.insert(key).second) return;
    if (structure_.contains(key) && need.extent == Extent::kStructure) return;
    due_.push_back(std::move(need));
  }

  // Reads the next pages of one group.
  absl::Status ReadSome() {
    RETURN_IF_ERROR(CheckCancelled(cancelled_));
    std::vector<PageNeed> needs;
    std::vector<Digest> digests;
    while (!due_.empty() && needs.size() < kPagesPerRead &&
           (needs.empty() || due_.front().group == needs.front().group)) {
      digests.push_back(due_.front().digest);
      needs.push_back(std::move(due_.front()));
      due_.pop_front();
    }
    ASSIGN_OR_RETURN(std::vector<std::string> texts,
                     open_.catalog->pages().Read(needs.front().group, digests));
    for (size_t i = 0; i < needs.size(); ++i) {
      ASSIGN_OR_RETURN(std::vector<PageNeed> below, portable::ChildrenOf(needs[i], texts[i]));
      for (PageNeed& child : below) Need(std::move(child));
      // Of a group whose structure alone is held, the categories are lacking.
      if (structure_.contains({needs[i].group, needs[i].digest})) continue;
      v1::ExportedPage page;
      page.set_group(static_cast<v1::FacetGroup>(needs[i].group));
      page.set_text(std::move(texts[i]));
      ready_.push_back(std::move(page));
    }
    return absl::OkStatus();
  }

  const OpenRelease open_;
  const Held held_;
  const Cancelled cancelled_;
  bool begun_ = false;
  // What is held: pages with all that lies below them; and those of a structure.
  absl::flat_hash_set<Key> whole_;
  absl::flat_hash_set<Key> structure_;
  absl::flat_hash_set<Key> seen_;
  std::deque<PageNeed> due_;
  std::deque<v1::ExportedPage> ready_;
};

}  // namespace

absl::StatusOr<FallibleSource<v1::ExportReleaseResponse>> ExportRelease(
    const Backend& backend, const v1::ExportReleaseRequest& request, const Cancelled& cancelled) {
  RequestCheck check;
  check.Selector("release", request.release());
  Held held = ReadHeld(request, check);
  RETURN_IF_ERROR(check.status());
  ASSIGN_OR_RETURN(OpenRelease open,
                   ResolveIn(backend, backend.store.catalog(), request.release(), "release"));
  // Shared, since std::function wants its content to be copyable.
  auto walk = std::make_shared<Export>(std::move(open), std::move(held), cancelled);
  return FallibleSource<v1::ExportReleaseResponse>([walk] { return walk->Next(); });
}

}  // namespace codeset::server

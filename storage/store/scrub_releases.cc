// The part of a scrub that proves releases.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/scrub_pass.h"
#include "storage/store/sweep.h"

namespace codeset::store {
namespace {

using model::Digest;
using model::FacetGroup;

// So many pages are read at a time.
constexpr size_t kPagesAtOnce = 64;

constexpr absl::string_view kRestore =
    "restore the data directory from a backup (`codesetd restore`)";

std::string LoadAgain(absl::string_view id) {
  return absl::StrCat("load the release again from its published files (codesetctl release load ",
                      id, " PATH...), which writes afresh what is damaged; or ", kRestore);
}

// The nodes of a group of a release, with the digests of their pages.
using Nodes = std::map<std::string, Digest>;

// Proves the content of all releases of a pass. A page that several have is proved once.
class ReleaseScrub {
 public:
  explicit ReleaseScrub(ScrubPass& pass) : pass_(pass) {}

  absl::Status Run() {
    RETURN_IF_ERROR(ReadCatalog());
    RETURN_IF_ERROR(ReadIndex());
    for (const CatalogRelease& release : pass_.catalog().releases()) {
      pass_.Begin(absl::StrCat("release ", release.id.ToString()));
      RETURN_IF_ERROR(ProveGroups(release));
      RETURN_IF_ERROR(ProveSources(release));
      RETURN_IF_ERROR(ProveAddenda(release));
      pass_.EndRelease();
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadCatalog() {
    pass_.Begin("catalog");
    return pass_.ForEach(Family::kCatalog, v1::SCRUB_SUBJECT_CATALOG,
                         [&](absl::string_view key, absl::string_view value) {
                           const absl::Status status = ReadCatalogEntry(key, value).status();
                           if (!status.ok()) {
                             Found(v1::SCRUB_SUBJECT_CATALOG, key, status.message(), kRestore);
                           }
                           return absl::OkStatus();
                         });
  }

  absl::Status ReadIndex() {
    pass_.Begin("index");
    absl::flat_hash_set<std::string> unknown;
    return pass_.ForEach(
        Family::kIndex, v1::SCRUB_SUBJECT_INDEX,
        [&](absl::string_view key, absl::string_view value) {
          v1::ScrubReport& report = pass_.report();
          report.set_index_entries(report.index_entries() + 1);
          IndexKeyParts parts;
          const absl::StatusOr<Digest> digest = model::DigestFromBytes(value);
          if (!ParseIndexKey(key, parts) || !digest.ok()) {
            Found(v1::SCRUB_SUBJECT_INDEX, "", "an entry of the index is malformed", kRestore);
            return absl::OkStatus();
          }
          const std::string id(parts.release);
          if (pass_.catalog().Find(id) == nullptr) {
            if (unknown.insert(id).second) {
              Found(v1::SCRUB_SUBJECT_INDEX, id,
                    absl::StrCat("the index has entries of release ", id, ", which is not loaded"),
                    kRestore);
            }
            return absl::OkStatus();
          }
          index_[id][parts.group][std::string(parts.node)] = *digest;
          return absl::OkStatus();
        });
  }

  absl::Status ProveGroups(const CatalogRelease& release) {
    const std::string id = release.id.ToString();
    for (const auto& [group, root] : release.groups) {
      Nodes found;
      bool whole = true;
      RETURN_IF_ERROR(Walk(id, group, "", root, found, whole));
      // Of a page that cannot be read it is not known what lies below it.
      if (!whole || found == index_[id][group]) continue;
      Found(v1::SCRUB_SUBJECT_INDEX, id,
            absl::StrCat("the index of release ", id, " and its pages disagree in facet group ",
                         model::FacetGroupName(group)),
            LoadAgain(id));
    }
    index_.erase(id);
    return absl::OkStatus();
  }

  // Follows pages down from `root`, proves them, and collects what each node's page is; `whole` is
  // false where one that names others is damaged.
  absl::Status Walk(const std::string& id, FacetGroup group, const std::string& node,
                    const Digest& root, Nodes& found, bool& whole) {
    found[node] = root;
    const absl::StatusOr<std::vector<std::string>> texts = pass_.reader().Read(group, {&root, 1});
    if (!texts.ok()) {
      AddDamaged(id, group, root, texts.status());
      whole = false;
      return absl::OkStatus();
    }
    if (proven_.insert(root).second) CountPages(1);
    RETURN_IF_ERROR(pass_.Count(texts->front().size()));
    const absl::StatusOr<model::InnerPage> page = model::DecodeInner(texts->front());
    if (!page.ok()) {
      AddDamaged(id, group, root, page.status());
      whole = false;
      return absl::OkStatus();
    }
    std::vector<Digest> categories;
    for (const model::PageChild& child : page->children) {
      if (child.kind == "category") {
        found[child.id] = child.digest;
        categories.push_back(child.digest);
      } else {
        RETURN_IF_ERROR(Walk(id, group, child.id, child.digest, found, whole));
      }
    }
    return ProvePages(id, group, categories);
  }

  absl::Status ProvePages(const std::string& id, FacetGroup group,
                          const std::vector<Digest>& digests) {
    std::vector<Digest> fresh;
    for (const Digest& digest : digests) {
      if (const auto it = damaged_.find(digest); it != damaged_.end()) {
        AddRelease(it->second, id);
      } else if (!proven_.contains(digest)) {
        fresh.push_back(digest);
      }
    }
    for (size_t first = 0; first < fresh.size(); first += kPagesAtOnce) {
      const auto batch = absl::MakeConstSpan(fresh).subspan(first, kPagesAtOnce);
      size_t bytes = 0;
      if (const absl::StatusOr<size_t> all = pass_.reader().Prove(group, batch); all.ok()) {
        bytes = *all;
        for (const Digest& digest : batch) proven_.insert(digest);
        CountPages(batch.size());
      } else {
        // One by one, to tell which.
        for (const Digest& digest : batch) {
          const absl::StatusOr<size_t> one = pass_.reader().Prove(group, {&digest, 1});
          if (one.ok()) {
            bytes += *one;
            proven_.insert(digest);
            CountPages(1);
          } else {
            AddDamaged(id, group, digest, one.status());
          }
        }
      }
      RETURN_IF_ERROR(pass_.Count(bytes));
    }
    return absl::OkStatus();
  }

  absl::Status ProveSources(const CatalogRelease& release) {
    for (const KeptSource& kept : release.entry.kept_sources()) {
      const absl::StatusOr<Digest> digest = model::DigestFromBytes(kept.sha256());
      if (digest.ok() && !sources_.insert(*digest).second) continue;
      const absl::StatusOr<std::string> bytes =
          ReadSource(kept, [&](absl::string_view key) -> absl::StatusOr<std::string> {
            ASSIGN_OR_RETURN(std::string part, pass_.Get(Family::kSources, key));
            RETURN_IF_ERROR(pass_.Count(part.size()));
            return part;
          });
      if (model::ReasonOf(bytes.status()) == model::Reason::kCancelled) return bytes.status();
      pass_.report().set_kept_sources(pass_.report().kept_sources() + 1);
      if (bytes.ok()) continue;
      const std::string id = release.id.ToString();
      Found(v1::SCRUB_SUBJECT_KEPT_SOURCE, id, bytes.status().message(), LoadAgain(id));
    }
    return absl::OkStatus();
  }

  absl::Status ProveAddenda(const CatalogRelease& release) {
    const std::string id = release.id.ToString();
    uint32_t number = 0;
    for (const KeptSource& kept : release.entry.kept_addenda()) {
      const absl::StatusOr<std::string> value =
          pass_.Get(Family::kAddenda, AddendaKey(id, number++));
      pass_.report().set_addenda_files(pass_.report().addenda_files() + 1);
      if (!value.ok() || model::DigestOf(*value).view() != absl::string_view(kept.sha256())) {
        Found(v1::SCRUB_SUBJECT_ADDENDA, id,
              absl::StrCat("the addenda ", kept.name(), " of release ", id,
                           value.ok() ? " do not match their digest" : " cannot be read"),
              kRestore);
      }
      if (value.ok()) RETURN_IF_ERROR(pass_.Count(value->size()));
    }
    return absl::OkStatus();
  }

  void CountPages(size_t count) {
    pass_.report().set_pages(pass_.report().pages() + static_cast<int64_t>(count));
  }

  void Found(v1::ScrubSubject subject, absl::string_view id, absl::string_view message,
             absl::string_view remedy) {
    v1::ScrubFinding* finding = pass_.Found(subject, message, remedy);
    if (finding != nullptr && !id.empty()) finding->add_release_ids(std::string(id));
  }

  // A page is damaged, of a release and perhaps of more.
  void AddDamaged(const std::string& id, FacetGroup group, const Digest& digest,
                  const absl::Status& why) {
    if (const auto it = damaged_.find(digest); it != damaged_.end()) {
      AddRelease(it->second, id);
      return;
    }
    const int place = pass_.report().findings_size();
    Found(v1::SCRUB_SUBJECT_PAGE, id,
          absl::StrCat("in facet group ", model::FacetGroupName(group), ", page ",
                       model::FormatDigest(digest), ": ", why.message()),
          LoadAgain(id));
    damaged_[digest] = place;
  }

  void AddRelease(int place, const std::string& id) {
    if (place >= pass_.report().findings_size()) return;
    v1::ScrubFinding& finding = *pass_.report().mutable_findings(place);
    if (finding.release_ids(finding.release_ids_size() - 1) != id) finding.add_release_ids(id);
  }

  ScrubPass& pass_;
  absl::flat_hash_map<std::string, std::map<FacetGroup, Nodes>> index_;
  absl::flat_hash_set<Digest> proven_;
  // Where the finding of a damaged page is in the report.
  absl::flat_hash_map<Digest, int> damaged_;
  absl::flat_hash_set<Digest> sources_;
};

}  // namespace

absl::Status ScrubReleases(ScrubPass& pass) { return ReleaseScrub(pass).Run(); }

}  // namespace codeset::store

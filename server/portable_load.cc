#include "server/portable_load.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/addenda.h"
#include "server/error.h"
#include "server/load_report.h"
#include "server/releases.h"
#include "server/request.h"
#include "storage/model/canonical.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/portable/portable_file.h"

namespace codeset::server {
namespace {

using model::FacetGroup;
using model::Reason;
using portable::PortableRelease;
using store::CatalogRelease;
using store::Publication;

// A release of the file on its way.
struct Item {
  // The release as it is loaded already; null if it is not.
  const CatalogRelease* known = nullptr;
  Publication publication;
  v1::LoadOutcome outcome = v1::LOAD_OUTCOME_UNSPECIFIED;
};

absl::Status CheckOptions(const v1::LoadOptions& options,
                          const std::vector<source::InputFile>& files) {
  RequestCheck check;
  constexpr absl::string_view kOfFile =
      "a portable file has it already; only dry_run and activate_on go with one";
  if (files.size() > 1) {
    check.Fail("chunk.name", "a portable file is loaded by itself, without other files");
  }
  if (!options.effective_date().empty()) check.Fail("options.effective_date", kOfFile);
  if (!options.base_release_id().empty()) check.Fail("options.base_release_id", kOfFile);
  if (options.allow_size() > 0) {
    check.Fail("options.allow", "a portable file is not held against published files again");
  }
  if (options.discard_sources()) {
    check.Fail("options.discard_sources", "a portable file brings no source files to keep");
  }
  return check.status();
}

// The releases to be loaded: all, or the one that the options name.
absl::StatusOr<std::vector<PortableRelease>> Wanted(const v1::LoadOptions& options,
                                                    std::vector<PortableRelease> releases,
                                                    absl::string_view file) {
  const std::string& id = options.release_id();
  if (id.empty()) return releases;
  std::vector<std::string> ids;
  for (PortableRelease& release : releases) {
    if (release.spec.release_id == id) return std::vector<PortableRelease>{std::move(release)};
    ids.push_back(release.spec.release_id);
  }
  return NotFound(
      Reason::kReleaseNotFound, "release", id,
      absl::StrCat(file, " has no release ", id, "; it has ", absl::StrJoin(ids, ", ")));
}

// That the pages say what canonical ones do, and not only that they have their digests.
absl::Status CheckContent(const PortableRelease& release, const portable::Pages& pages,
                          image::PageCache& cache) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const image::Image> image,
                   image::Image::Build(release.spec, pages, cache));
  const model::Digest again = model::EncodeOrder(OrderFactsOf(*image)).root();
  if (again == release.spec.groups.front().second) return absl::OkStatus();
  return model::MakeError(
      Reason::kDataDamaged,
      absl::StrCat("the pages of release ", release.spec.release_id, " are not in canonical form"));
}

// What the file tells of a release beside its content, but for what a loaded one has already.
v1::Release DescriptionOf(const PortableRelease& release, const CatalogRelease* known,
                          const v1::LoadOptions& options) {
  v1::Release description = release.description;
  *description.mutable_counts() = release.counts;
  if (known == nullptr) {
    // The addenda have not come along, so that nothing can be compared again.
    description.mutable_addenda()->set_outcome(v1::ADDENDA_OUTCOME_NO_ADDENDA);
    description.set_activate_on(options.activate_on());
    return description;
  }
  const v1::Release& before = known->entry.release();
  description.clear_base_release_id();
  description.clear_base_order_fingerprint();
  auto* sources = description.mutable_sources();
  sources->erase(std::remove_if(sources->begin(), sources->end(),
                                [&](const v1::SourceFile& file) {
                                  return std::any_of(before.sources().begin(),
                                                     before.sources().end(),
                                                     [&](const v1::SourceFile& other) {
                                                       return other.sha256() == file.sha256();
                                                     });
                                }),
                 sources->end());
  auto* found = description.mutable_disagreements();
  found->erase(std::remove_if(found->begin(), found->end(),
                              [&](const v1::Disagreement& item) {
                                return std::any_of(before.disagreements().begin(),
                                                   before.disagreements().end(),
                                                   [&](const v1::Disagreement& other) {
                                                     return other.class_name() == item.class_name();
                                                   });
                              }),
               found->end());
  return description;
}

absl::StatusOr<Item> Prepare(const store::Store& store, const store::Catalog& catalog,
                             const v1::LoadOptions& options, const PortableRelease& release,
                             const portable::Pages& pages) {
  const image::ImageSpec& spec = release.spec;
  const CatalogRelease* known = catalog.Find(spec.release_id);
  if (known != nullptr && !options.activate_on().empty() &&
      known->entry.release().activate_on() != options.activate_on()) {
    return InvalidFields(
        Reason::kArgumentInvalid,
        {{"options.activate_on",
          absl::StrCat("release ", spec.release_id,
                       " is loaded already; whether it is held back is changed by SetActivation "
                       "alone (codesetctl release activate)")}});
  }
  ASSIGN_OR_RETURN(const model::ReleaseId id, model::ReleaseId::Parse(spec.release_id));
  Item item{known, {id, spec.effective, {}, {}, {}, {}, {}, {}, {}, {}}, {}};
  Publication& publication = item.publication;
  for (const auto& [group, root] : spec.groups) {
    ASSIGN_OR_RETURN(model::PageSet set, portable::PageSetOf(pages, group, root));
    switch (group) {
      case FacetGroup::kOrder:
        publication.order = std::move(set);
        break;
      case FacetGroup::kTabular:
        publication.tabular = std::move(set);
        break;
      case FacetGroup::kPoa:
        publication.poa = std::move(set);
        break;
      case FacetGroup::kConversion:
        publication.conversion = std::move(set);
        break;
    }
  }
  publication.description = DescriptionOf(release, known, options);
  if (known != nullptr) publication.based_on = known->entry.release().fingerprint();
  ASSIGN_OR_RETURN(item.outcome, store.Check(publication));
  return item;
}

// What a release of the file has on loan there and not here, or from another release.
std::vector<std::string> LoanWarnings(const PortableRelease& release, const v1::Release& loaded) {
  std::vector<std::string> warnings;
  const auto tell = [&](absl::string_view what, const std::string& there, const std::string& here) {
    if (there == here) return;
    const auto named = [](const std::string& id) { return id.empty() ? "nowhere" : id; };
    warnings.push_back(absl::StrCat(what, " came from ", named(there),
                                    " where the file was written, and come from ", named(here),
                                    " here; load that release too for the same answers"));
  };
  tell("chapters and sections on loan",
       release.spec.lender.has_value() ? release.spec.lender->release_id : "",
       loaded.structure_from());
  tell("POA-exempt codes in force",
       release.spec.poa.has_value() ? release.spec.poa->release_id : "", loaded.poa_from());
  return warnings;
}

absl::Status BeginStep(const LoadHooks& hooks, absl::string_view step) {
  if (hooks.cancelled && hooks.cancelled()) {
    return model::MakeError(Reason::kCancelled,
                            "the load was cancelled; what it had not published yet is not");
  }
  if (hooks.progress) hooks.progress(step);
  return absl::OkStatus();
}

}  // namespace

bool HasPortable(const std::vector<source::InputFile>& files) {
  return std::any_of(files.begin(), files.end(), [](const source::InputFile& file) {
    return portable::IsPortable(file.bytes);
  });
}

absl::StatusOr<v1::LoadReport> LoadPortable(store::Store& store, const v1::LoadOptions& options,
                                            std::vector<source::InputFile> files,
                                            const LoadHooks& hooks) {
  RETURN_IF_ERROR(CheckOptions(options, files));
  RETURN_IF_ERROR(BeginStep(hooks, "reading the portable file and proving its pages"));
  ASSIGN_OR_RETURN(portable::PortableSet set,
                   portable::ReadPortable(files.front().bytes, files.front().name));
  const std::string file = files.front().name;
  files.clear();
  ASSIGN_OR_RETURN(const std::vector<PortableRelease> releases,
                   Wanted(options, std::move(set.releases), file));

  RETURN_IF_ERROR(BeginStep(hooks, "checking against what is loaded"));
  const std::shared_ptr<const store::Catalog> catalog = store.catalog();
  std::vector<Item> items;
  image::PageCache cache;
  for (const PortableRelease& release : releases) {
    RETURN_IF_ERROR(CheckContent(release, set.pages, cache));
    ASSIGN_OR_RETURN(Item item, Prepare(store, *catalog, options, release, set.pages));
    items.push_back(std::move(item));
  }

  v1::LoadReport report;
  for (Item& item : items) {
    const std::string id = item.publication.id.ToString();
    v1::ImportedRelease& imported = *report.add_imported();
    if (options.dry_run()) {
      ASSIGN_OR_RETURN(
          *imported.mutable_release(),
          DescribeUnpublished(*catalog, Unpublished(item.known, item.publication), store.Today()));
      report.add_warnings(absl::StrCat("dry run: nothing was written; the load would ",
                                       WouldComeTo(item.outcome), " ", id));
      imported.set_outcome(v1::LOAD_OUTCOME_DRY_RUN);
      continue;
    }
    RETURN_IF_ERROR(BeginStep(hooks, absl::StrCat("publishing ", id)));
    ASSIGN_OR_RETURN(item.outcome, store.Publish(item.publication, hooks.cancelled));
    imported.set_outcome(item.outcome);
  }
  // Once all are there, so that what is on loan is told as it is then.
  report.set_outcome(options.dry_run() ? v1::LOAD_OUTCOME_DRY_RUN : v1::LOAD_OUTCOME_UNCHANGED);
  for (size_t i = 0; i < items.size(); ++i) {
    v1::ImportedRelease& imported = *report.mutable_imported(static_cast<int>(i));
    if (!options.dry_run()) {
      ASSIGN_OR_RETURN(*imported.mutable_release(),
                       DescribeRelease(store, items[i].publication.id.ToString()));
      report.set_outcome(std::min(report.outcome(), imported.outcome()));
    }
    if (imported.outcome() == v1::LOAD_OUTCOME_UNCHANGED) continue;
    for (const auto& warnings : {WarningsOf(options, imported.release(), {}),
                                 LoanWarnings(releases[i], imported.release())}) {
      for (const std::string& warning : warnings) {
        report.add_warnings(absl::StrCat(imported.release().id(), ": ", warning));
      }
    }
  }
  if (report.outcome() != v1::LOAD_OUTCOME_UNCHANGED) {
    report.add_warnings(
        "source files and addenda do not travel in a portable file: none came to be kept, and "
        "release verify has none to compare with");
  }
  *report.mutable_release() = report.imported().rbegin()->release();
  return report;
}

}  // namespace codeset::server

#include "server/portable_load.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/error.h"
#include "server/load_report.h"
#include "server/releases.h"
#include "server/request.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/portable/canonical_check.h"
#include "storage/portable/portable_file.h"

namespace codeset::server {
namespace {

using model::FacetGroup;
using model::Reason;
using portable::PortableRelease;
using store::CatalogRelease;
using store::Publication;

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

// That the release's own pages fit together and are in canonical form, and not only that they have
// their digests.
absl::Status CheckContent(const PortableRelease& release, const portable::Pages& pages,
                          image::PageCache& cache) {
  RETURN_IF_ERROR(image::Image::Build(release.spec, pages, cache).status());
  for (const auto& [group, root] : release.spec.groups) {
    const absl::Status canonical = portable::CheckCanonical(pages, group, root);
    if (canonical.ok()) continue;
    return model::MakeError(
        Reason::kDataDamaged,
        absl::StrCat("release ", release.spec.release_id, ": ", canonical.message()),
        {{"release", release.spec.release_id}});
  }
  return absl::OkStatus();
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

// What is to be published of a release. It has a copy of all its pages: those of one release at a
// time are held, and made again when it is its turn.
absl::StatusOr<Publication> Prepare(const store::Catalog& catalog, const v1::LoadOptions& options,
                                    const PortableRelease& release, const portable::Pages& pages) {
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
  Publication publication{id, spec.effective, {}, {}, {}, {}, {}, {}, {}, {}};
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
  return publication;
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

// An error that a load met at a release of the file, and which ones it had published by then.
absl::Status AtRelease(const absl::Status& status, const std::string& id,
                       const std::vector<std::string>& published) {
  if (status.ok()) return status;
  model::ErrorFacts facts = model::FactsOf(status);
  facts["release"] = id;
  std::string text(status.message());
  // Many name it already.
  if (!absl::StrContains(text, absl::StrCat("release ", id, " ")) &&
      !absl::StrContains(text, absl::StrCat("release ", id, ":"))) {
    text = absl::StrCat("release ", id, ": ", text);
  }
  if (!published.empty()) {
    facts["published"] = absl::StrJoin(published, ",");
    absl::StrAppend(&text, "; published before it: ", absl::StrJoin(published, ", "),
                    "; load the file again for the rest");
  }
  absl::Status named =
      model::MakeError(model::ReasonOf(status).value_or(Reason::kInternal), text, facts);
  // The fields that are wrong, where it says so.
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& payload) {
    if (!named.GetPayload(type).has_value()) named.SetPayload(type, payload);
  });
  return named;
}

absl::Status CheckCancelled(const LoadHooks& hooks) {
  if (!hooks.cancelled || !hooks.cancelled()) return absl::OkStatus();
  return model::MakeError(Reason::kCancelled,
                          "the load was cancelled; what it had not published yet is not");
}

absl::Status BeginStep(const LoadHooks& hooks, absl::string_view step) {
  RETURN_IF_ERROR(CheckCancelled(hooks));
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
  ASSIGN_OR_RETURN(
      portable::PortableSet set,
      portable::ReadPortable(files.front().bytes, files.front().name, hooks.cancelled));
  const std::string file = files.front().name;
  files.clear();
  ASSIGN_OR_RETURN(const std::vector<PortableRelease> releases,
                   Wanted(options, std::move(set.releases), file));

  RETURN_IF_ERROR(BeginStep(hooks, "checking against what is loaded"));
  const std::shared_ptr<const store::Catalog> catalog = store.catalog();
  v1::LoadReport report;
  image::PageCache cache;
  const auto check = [&](const PortableRelease& release) -> absl::Status {
    const std::string& id = release.spec.release_id;
    RETURN_IF_ERROR(CheckCancelled(hooks));
    RETURN_IF_ERROR(CheckContent(release, set.pages, cache));
    ASSIGN_OR_RETURN(const Publication publication, Prepare(*catalog, options, release, set.pages));
    ASSIGN_OR_RETURN(const v1::LoadOutcome outcome, store.Check(publication));
    v1::ImportedRelease& imported = *report.add_imported();
    if (!options.dry_run()) return absl::OkStatus();
    ASSIGN_OR_RETURN(
        *imported.mutable_release(),
        DescribeUnpublished(*catalog, Unpublished(catalog->Find(id), publication), store.Today()));
    report.add_warnings(absl::StrCat("dry run: nothing was written; the load would ",
                                     WouldComeTo(outcome), " ", id));
    imported.set_outcome(v1::LOAD_OUTCOME_DRY_RUN);
    return absl::OkStatus();
  };
  for (const PortableRelease& release : releases) {
    RETURN_IF_ERROR(AtRelease(check(release), release.spec.release_id, {}));
  }
  const auto publish = [&](const PortableRelease& release,
                           v1::ImportedRelease& imported) -> absl::Status {
    RETURN_IF_ERROR(BeginStep(hooks, absl::StrCat("publishing ", release.spec.release_id)));
    ASSIGN_OR_RETURN(const Publication publication, Prepare(*catalog, options, release, set.pages));
    ASSIGN_OR_RETURN(const v1::LoadOutcome outcome, store.Publish(publication, hooks.cancelled));
    imported.set_outcome(outcome);
    return absl::OkStatus();
  };
  std::vector<std::string> published;
  for (size_t i = 0; i < releases.size() && !options.dry_run(); ++i) {
    const std::string& id = releases[i].spec.release_id;
    RETURN_IF_ERROR(AtRelease(publish(releases[i], *report.mutable_imported(static_cast<int>(i))),
                              id, published));
    published.push_back(id);
  }
  // Once all are there, so that what is on loan is told as it is then.
  report.set_outcome(options.dry_run() ? v1::LOAD_OUTCOME_DRY_RUN : v1::LOAD_OUTCOME_UNCHANGED);
  for (size_t i = 0; i < releases.size(); ++i) {
    v1::ImportedRelease& imported = *report.mutable_imported(static_cast<int>(i));
    if (!options.dry_run()) {
      ASSIGN_OR_RETURN(*imported.mutable_release(),
                       DescribeRelease(store, releases[i].spec.release_id));
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

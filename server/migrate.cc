#include "server/migrate.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/loader.h"
#include "storage/model/error.h"
#include "storage/model/status_macros.h"
#include "storage/store/generation.h"
#include "storage/store/new_directory.h"

namespace codeset::server {
namespace {

using model::Reason;
using store::CatalogRelease;
using store::Store;

constexpr absl::string_view kCancelled =
    "the migration was cancelled; the new directory is as it was";

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& directory, bool create,
                                                 const MigrateOptions& options) {
  store::StoreOptions store_options;
  store_options.create_if_missing = create;
  store_options.owner = options.owner;
  return Store::Open(directory, store_options);
}

// With what a release was loaded.
v1::LoadOptions OptionsOf(const v1::Release& release) {
  v1::LoadOptions options;
  options.set_release_id(release.id());
  options.set_effective_date(release.effective_date());
  options.set_activate_on(release.activate_on());
  options.set_base_release_id(release.base_release_id());
  for (const v1::Disagreement& disagreement : release.disagreements()) {
    if (disagreement.allowed()) options.add_allow(disagreement.class_name());
  }
  return options;
}

absl::StatusOr<std::vector<source::InputFile>> FilesOf(const Store& store, const std::string& id) {
  ASSIGN_OR_RETURN(std::vector<store::NamedBytes> kept, store.Sources(id));
  std::vector<source::InputFile> files;
  files.reserve(kept.size());
  for (store::NamedBytes& file : kept) {
    files.push_back({std::move(file.name), std::move(file.bytes)});
  }
  return files;
}

// What `before` has and `after` lacks; empty if there is nothing.
std::string MissingIn(const v1::Release& before, const v1::Release& after) {
  for (const v1::FacetGroupFingerprint& group : before.facet_groups()) {
    bool found = false;
    for (const v1::FacetGroupFingerprint& other : after.facet_groups()) {
      found = found || other.group() == group.group();
    }
    if (!found) {
      return absl::StrCat("its facet group ",
                          model::FacetGroupName(static_cast<model::FacetGroup>(group.group())));
    }
  }
  const bool had = before.addenda().outcome() != v1::ADDENDA_OUTCOME_NO_ADDENDA;
  const bool has = after.addenda().outcome() != v1::ADDENDA_OUTCOME_NO_ADDENDA;
  return had && !has ? "its addenda" : "";
}

// Whether an error says that the release cannot be rebuilt, and not that nothing can.
bool IsAboutSources(const absl::Status& status) {
  const Reason reason = model::ReasonOf(status).value_or(Reason::kInternal);
  return reason != Reason::kStorageFailed && reason != Reason::kCancelled &&
         reason != Reason::kInternal && reason != Reason::kDataDamaged;
}

class Migration {
 public:
  Migration(const Store& from, Store& to, const MigrateOptions& options)
      : from_(from), to_(to), options_(options) {}

  absl::StatusOr<std::vector<MigratedRelease>> Run() {
    const std::shared_ptr<const store::Catalog> catalog = from_.catalog();
    std::vector<MigratedRelease> migrated;
    migrated.reserve(catalog->releases().size());
    // Oldest first, so that bases and what addenda start from are there.
    for (const CatalogRelease& release : catalog->releases()) {
      ASSIGN_OR_RETURN(MigratedRelease done, MigrateOne(release));
      migrated.push_back(std::move(done));
    }
    RETURN_IF_ERROR(BeginStep(options_.hooks, "copying labels, journal and ledger", kCancelled));
    RETURN_IF_ERROR(to_.CopyRecordsFrom(from_));
    return migrated;
  }

 private:
  absl::StatusOr<MigratedRelease> MigrateOne(const CatalogRelease& release) {
    MigratedRelease done;
    done.id = release.id.ToString();
    done.before = release.entry.release().fingerprint();
    RETURN_IF_ERROR(
        BeginStep(options_.hooks, absl::StrCat("rebuilding release ", done.id), kCancelled));
    const absl::Status rebuilt = Rebuild(release, done);
    if (!rebuilt.ok() && !IsAboutSources(rebuilt)) return rebuilt;
    if (!rebuilt.ok()) done.copied_because = std::string(rebuilt.message());
    if (!done.copied_because.empty()) {
      RETURN_IF_ERROR(BeginStep(
          options_.hooks, absl::StrCat("copying release ", done.id, ": ", done.copied_because),
          kCancelled));
      RETURN_IF_ERROR(to_.CopyReleaseFrom(from_, done.id));
    }
    done.after = to_.catalog()->Find(done.id)->entry.release().fingerprint();
    return done;
  }

  // Loads the release from its sources, or says in `done` why that would not be all of it. First
  // without writing: what is loaded could not be taken back without a trace.
  absl::Status Rebuild(const CatalogRelease& release, MigratedRelease& done) {
    if (release.entry.kept_sources().empty()) {
      done.copied_because = "its sources were not kept";
      return absl::OkStatus();
    }
    const v1::Release& described = release.entry.release();
    v1::LoadOptions options = OptionsOf(described);
    LoadHooks hooks;
    hooks.cancelled = options_.hooks.cancelled;
    ASSIGN_OR_RETURN(std::vector<source::InputFile> files, FilesOf(from_, done.id));
    options.set_dry_run(true);
    ASSIGN_OR_RETURN(const v1::LoadReport planned,
                     LoadRelease(to_, options, std::move(files), hooks));
    if (const std::string missing = MissingIn(described, planned.release()); !missing.empty()) {
      done.copied_because = absl::StrCat("the sources kept of it do not have ", missing);
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(files, FilesOf(from_, done.id));
    options.set_dry_run(false);
    return LoadRelease(to_, options, std::move(files), hooks).status();
  }

  const Store& from_;
  Store& to_;
  const MigrateOptions& options_;
};

absl::Status CheckUnchanged(const std::vector<MigratedRelease>& releases) {
  std::vector<std::string> changed;
  for (const MigratedRelease& release : releases) {
    if (release.before == release.after) continue;
    changed.push_back(absl::StrCat("release ", release.id, " had ", release.before,
                                   " and would have ", release.after));
  }
  if (changed.empty()) return absl::OkStatus();
  return model::MakeError(
      Reason::kFingerprintMismatch,
      absl::StrCat("what is rebuilt has other fingerprints, which pins and ledger do not know: ",
                   absl::StrJoin(changed, "; "),
                   ". Nothing was kept; --accept-changes keeps it knowingly"));
}

}  // namespace

absl::StatusOr<Migrated> Migrate(const std::string& directory, const std::string& new_directory,
                                 const MigrateOptions& options) {
  std::error_code error;
  if (!std::filesystem::exists(directory + "/db/CURRENT", error)) {
    return model::MakeError(Reason::kArgumentInvalid,
                            absl::StrCat(directory, " is no data directory"));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> from, OpenStore(directory, false, options));
  ASSIGN_OR_RETURN(store::NewDirectory made, store::NewDirectory::Prepare(new_directory));
  Migrated migrated;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<Store> to, OpenStore(made.staging(), true, options));
    ASSIGN_OR_RETURN(migrated.releases, Migration(*from, *to, options).Run());
  }
  if (!options.accept_changes) RETURN_IF_ERROR(CheckUnchanged(migrated.releases));
  // Its journal has become the other one's, and so must what counts its writes.
  RETURN_IF_ERROR(store::WriteGenerationOf(made.staging()).status());
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<Store> to, OpenStore(made.staging(), false, options));
    ASSIGN_OR_RETURN(migrated.check, store::CheckStore(*to, options.hooks));
  }
  RETURN_IF_ERROR(BeginStep(options.hooks, "keeping the new directory", kCancelled));
  RETURN_IF_ERROR(made.Keep());
  return migrated;
}

std::string FormatMigrated(const Migrated& migrated) {
  std::string text;
  for (const MigratedRelease& release : migrated.releases) {
    absl::StrAppend(
        &text, "release ", release.id, " ",
        release.copied_because.empty() ? "rebuilt from its sources"
                                       : absl::StrCat("copied as it was: ", release.copied_because),
        release.before == release.after ? "; same fingerprint " : "; fingerprint CHANGED, now ",
        release.after, "\n");
  }
  absl::StrAppend(&text, "proved: ", migrated.check.releases, " releases, ",
                  migrated.check.revisions, " revisions of pages of codes, ",
                  migrated.check.verifications, " verifications, ", migrated.check.events,
                  " events of the journal\n");
  return text;
}

}  // namespace codeset::server

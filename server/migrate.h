// Makes a data directory anew from what another one keeps, offline: for a newer data format, and to
// prove that the kept sources suffice.
//
//   ASSIGN_OR_RETURN(Migrated migrated, Migrate("/var/lib/codeset", "/var/lib/codeset.new", {}));
//
// Thread-safe: free functions. It takes as long as loading all releases does.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/store/check.h"

namespace codeset::server {

// How a directory is migrated.
struct MigrateOptions {
  // Keep the new directory also where the fingerprint of a release is another.
  bool accept_changes = false;
  // Told to another process that finds a directory in use (store::StoreOptions).
  std::string owner = "codeset";
  store::WorkHooks hooks;
};

// What became of a release.
struct MigratedRelease {
  std::string id;
  // Empty for one that was rebuilt from its sources; else why it was not, and its pages were copied
  // as they were.
  std::string copied_because;
  // Fingerprints in the old and in the new directory.
  std::string before;
  std::string after;
};

// What a migration came to.
struct Migrated {
  std::vector<MigratedRelease> releases;
  store::StoreCheck check;
};

// Loads every release of a data directory again from the sources kept of it, with the effective
// date, activation, base and allowed disagreements that it was loaded with, into a new directory,
// which is empty or missing in a folder that is there; copies releases that cannot be rebuilt as
// they are; and then labels, journal, ledger, and what is told of deleted releases, record by
// record. The new directory is proved (store::CheckStore) before it is put into its place; anything
// but success leaves that as it was. The old one is not changed, and must be in use by nobody.
// FINGERPRINT_MISMATCH where a fingerprint is another and that is not accepted, names the releases;
// DATA_DIRECTORY_LOCKED, FORMAT_UNSUPPORTED, DATA_DAMAGED, CANCELLED, STORAGE_FAILED;
// ARGUMENT_INVALID where the new directory is not empty, or there is no old one.
absl::StatusOr<Migrated> Migrate(const std::string& directory, const std::string& new_directory,
                                 const MigrateOptions& options);

// The same as lines for people.
std::string FormatMigrated(const Migrated& migrated);

}  // namespace codeset::server

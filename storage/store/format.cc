#include "storage/store/format.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "storage/model/error.h"
#include "storage/store/database.h"
#include "storage/store/keys.h"

namespace codeset::store {
namespace {

// Whether the families are those of this version.
bool Known(std::vector<std::string> families) {
  std::vector<std::string> known;
  known.reserve(kFamilyCount);
  for (int i = 0; i < kFamilyCount; ++i) {
    known.emplace_back(FamilyName(static_cast<Family>(i)));
  }
  std::sort(known.begin(), known.end());
  std::sort(families.begin(), families.end());
  return families == known;
}

}  // namespace

absl::Status OtherFormat(const std::string& directory, absl::string_view format) {
  int theirs = 0;
  int ours = 0;
  const bool older =
      absl::SimpleAtoi(format, &theirs) && absl::SimpleAtoi(kFormat, &ours) && theirs < ours;
  return model::MakeError(
      model::Reason::kFormatUnsupported,
      absl::StrCat("data directory ", directory, " has format ", format,
                   "; this version reads format ", kFormat, ": ",
                   older ? "codesetd migrate --data-dir DIR --to NEW, with a version that reads "
                           "both, makes a directory of the newer format"
                         : "use the version of Codeset that wrote it, or restore a backup from "
                           "before (codesetd restore)"),
      {{"format", std::string(format)}, {"supported", std::string(kFormat)}});
}

absl::Status CheckFormatOf(const std::string& directory) {
  const std::string path = directory + "/db";
  std::vector<std::string> families;
  if (!rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &families).ok() ||
      Known(std::move(families))) {
    return absl::OkStatus();
  }
  rocksdb::DB* opened = nullptr;
  if (!rocksdb::DB::OpenForReadOnly(rocksdb::Options(), path, &opened).ok()) {
    return absl::OkStatus();
  }
  const std::unique_ptr<rocksdb::DB> database(opened);
  std::string format;
  if (!database->Get(rocksdb::ReadOptions(), ToSlice(FormatKey()), &format).ok() ||
      format == kFormat) {
    return absl::OkStatus();
  }
  return OtherFormat(directory, format);
}

}  // namespace codeset::store

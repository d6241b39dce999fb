#include "client/codesetctl/reference_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/codesetctl/json_documents.h"
#include "client/codesetctl/reference_document.h"
#include "storage/model/status_macros.h"

namespace codeset::ctl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReadAheadBytes = std::size_t{8} << 20;
constexpr std::size_t kMaxProblems = 20;

absl::Status FileError(int error, const std::string& path) {
  return absl::ErrnoToStatus(error == 0 ? EIO : error, absl::StrCat("cannot read ", path));
}

absl::StatusOr<std::vector<std::string>> FilesBelow(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;  // a dangling link is no regular file
    const std::string path = entry->path().string();
    if (entry->is_regular_file(ignored) &&
        (absl::EndsWith(path, ".json") || absl::EndsWith(path, ".jsonl"))) {
      files.push_back(path);
    }
  }
  if (error) return FileError(error.value(), folder);
  if (files.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no *.json or *.jsonl in the folder ", folder));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FindReferenceFiles(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
      return absl::NotFoundError(absl::StrCat("there is no file or folder ", path));
    }
    if (error) return FileError(error.value(), path);
    std::vector<std::string> found = {path};
    if (fs::is_directory(status)) {
      ASSIGN_OR_RETURN(found, FilesBelow(path));
    }
    for (std::string& file : found) {
      // A file that is named twice would be a further import that changes nothing.
      if (seen.insert(fs::path(file).lexically_normal().string()).second) {
        files.push_back(std::move(file));
      }
    }
  }
  return files;
}

absl::StatusOr<std::unique_ptr<ReferenceFile>> ReferenceFile::Open(const std::string& path) {
  std::unique_ptr<ReferenceFile> file(new ReferenceFile(path));
  errno = 0;
  file->in_.open(path, std::ios::binary);
  if (!file->in_) return FileError(errno, path);
  file->reader_ = std::thread([reader = file.get()] { reader->ReadAll(); });
  return file;
}

ReferenceFile::~ReferenceFile() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (reader_.joinable()) reader_.join();
}

bool ReferenceFile::Push(Read read) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || ready_bytes_ < kReadAheadBytes; });
  if (stopped_) return false;
  ready_bytes_ += read.bytes;
  ready_.push_back(std::move(read));
  changed_.notify_all();
  return true;
}

void ReferenceFile::ReadAll() {
  JsonDocuments documents(in_, path_);
  std::vector<std::string> problems;
  while (problems.size() < kMaxProblems) {
    const absl::StatusOr<std::optional<JsonDocument>> document = documents.Next();
    if (!document.ok()) {
      problems.emplace_back(document.status().message());
      break;
    }
    if (!document->has_value()) {
      if (documents.count() == 0) problems.push_back(path_ + ": there is no document in it");
      break;
    }
    absl::StatusOr<v1::Reference> reference = ReadReference(**document, path_);
    if (!reference.ok()) {
      problems.emplace_back(reference.status().message());
    } else if (problems.empty() &&
               !Push({*std::move(reference), (*document)->line, (*document)->text.size()})) {
      return;
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  problems_ = std::move(problems);
  read_all_ = true;
  changed_.notify_all();
}

absl::StatusOr<std::optional<v1::Reference>> ReferenceFile::Next() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return read_all_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (problems_.empty()) return std::optional<v1::Reference>();
    return absl::InvalidArgumentError(problems_.front());
  }
  Read read = std::move(ready_.front());
  ready_.pop_front();
  ready_bytes_ -= read.bytes;
  changed_.notify_all();
  lock.unlock();
  Place& place = given_.emplace_back();
  place.line = read.line;
  const std::string& code = read.reference.code();
  std::copy_n(code.begin(), std::min(code.size(), place.code.size()), place.code.begin());
  return std::optional<v1::Reference>(std::move(read.reference));
}

std::vector<std::string> ReferenceFile::problems() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return problems_;
}

std::string ReferenceFile::PlaceOf(std::int64_t document) const {
  if (document < 0 || document >= static_cast<std::int64_t>(given_.size())) {
    return absl::StrCat(path_, ": document ", document + 1);
  }
  const Place& place = given_[static_cast<std::size_t>(document)];
  const absl::string_view code(place.code.data(), place.code.size());
  return absl::StrCat(path_, ":", place.line, ": document ", document + 1, " (",
                      code.substr(0, code.find('\0')), ")");
}

}  // namespace codeset::ctl

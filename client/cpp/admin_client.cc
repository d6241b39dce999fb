#include "client/cpp/admin_client.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "client/cpp/client.h"
#include "storage/model/status_macros.h"
#include "storage/model/text.h"

namespace codeset::client {
namespace {

namespace fs = std::filesystem;

absl::Status FileError(const std::error_code& error, absl::string_view path) {
  return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot read ", path));
}

// The regular files below `root`, under their names relative to it.
absl::StatusOr<std::vector<LocalFile>> FilesBelow(const fs::path& root) {
  std::vector<LocalFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(root, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;  // a dangling link is no regular file
    if (!entry->is_regular_file(ignored)) continue;
    files.push_back({model::CleanName(entry->path().lexically_relative(root).generic_string()),
                     entry->path().string()});
  }
  if (error) return FileError(error, root.string());
  return files;
}

// Why an upload stopped before its end.
enum class Upload { kDone, kCallEnded };

// Sends one file, and adds it to `end`; an empty one as a single empty chunk, so that the server
// knows of it.
absl::StatusOr<Upload> SendFile(const LocalFile& file, LoadStream& stream, v1::LoadEnd& end) {
  errno = 0;
  std::ifstream in(file.path, std::ios::binary);
  if (!in) {
    const int code = errno == 0 ? EIO : errno;
    return FileError(std::error_code(code, std::generic_category()), file.path);
  }
  std::string buffer(kUploadChunkBytes, '\0');
  bool first = true;
  end.set_files(end.files() + 1);
  while (true) {
    errno = 0;
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    if (in.bad()) {
      const int code = errno == 0 ? EIO : errno;
      return FileError(std::error_code(code, std::generic_category()), file.path);
    }
    const auto count = static_cast<std::size_t>(in.gcount());
    if (count == 0 && !first) return Upload::kDone;
    v1::LoadReleaseRequest request;
    // Whatever its name holds: protobuf carries valid UTF-8 alone.
    request.mutable_chunk()->set_name(model::CleanName(file.name));
    request.mutable_chunk()->set_data(buffer.data(), count);
    if (!stream.Write(request)) return Upload::kCallEnded;
    end.set_bytes(end.bytes() + static_cast<int64_t>(count));
    if (in.eof()) return Upload::kDone;
    first = false;
  }
}

// Sends everything. After kCallEnded the stream says why.
absl::StatusOr<Upload> SendAll(const v1::LoadOptions& load, const std::vector<LocalFile>& files,
                               const ProgressCallback& progress, LoadStream& stream) {
  v1::LoadReleaseRequest request;
  *request.mutable_options() = load;
  if (!stream.Write(request)) return Upload::kCallEnded;
  v1::LoadEnd end;
  for (const LocalFile& file : files) {
    if (progress) progress(absl::StrCat("sending ", file.name));
    ASSIGN_OR_RETURN(const Upload sent, SendFile(file, stream, end));
    if (sent == Upload::kCallEnded) return sent;
  }
  *request.mutable_end() = end;
  if (!stream.Write(request)) return Upload::kCallEnded;
  stream.WritesDone();
  return Upload::kDone;
}

}  // namespace

absl::StatusOr<std::vector<LocalFile>> FindFiles(const std::vector<std::string>& paths) {
  std::vector<LocalFile> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
      return absl::NotFoundError(absl::StrCat("there is no file or folder ", path));
    }
    if (error) return FileError(error, path);
    if (fs::is_directory(status)) {
      ASSIGN_OR_RETURN(std::vector<LocalFile> below, FilesBelow(path));
      std::move(below.begin(), below.end(), std::back_inserter(files));
    } else if (fs::is_regular_file(status)) {
      files.push_back({model::CleanName(fs::path(path).filename().string()), path});
    } else {
      return absl::InvalidArgumentError(absl::StrCat(path, " is neither a file nor a folder"));
    }
  }
  if (files.empty()) return absl::InvalidArgumentError("there is no file to load");
  std::sort(files.begin(), files.end(),
            [](const LocalFile& a, const LocalFile& b) { return a.name < b.name; });
  // Chunks are told apart by name alone: two files of one name would become one.
  const auto same =
      std::adjacent_find(files.begin(), files.end(),
                         [](const LocalFile& a, const LocalFile& b) { return a.name == b.name; });
  if (same != files.end()) {
    return absl::InvalidArgumentError(absl::StrCat("two files have the name ", same->name, ": ",
                                                   same->path, " and ", std::next(same)->path));
  }
  return files;
}

absl::StatusOr<v1::LoadReport> AdminClient::LoadRelease(const v1::LoadOptions& load,
                                                        const std::vector<LocalFile>& files,
                                                        const ProgressCallback& progress,
                                                        const CallOverrides& overrides) const {
  const std::unique_ptr<LoadStream> stream =
      connection_->LoadRelease(DeadlineAfter(options_.admin_timeout, overrides));
  if (const absl::StatusOr<Upload> sent = SendAll(load, files, progress, *stream); !sent.ok()) {
    stream->Cancel();
    return sent.status();
  }
  std::optional<v1::LoadReport> report;
  while (true) {
    ASSIGN_OR_RETURN(std::optional<v1::LoadReleaseResponse> response, stream->Next());
    if (!response.has_value()) break;
    if (response->has_progress() && progress) progress(response->progress().step());
    if (response->has_report()) report = std::move(*response->mutable_report());
  }
  if (!report.has_value()) {
    return absl::InternalError("the server ended the load without a report");
  }
  return *std::move(report);
}

absl::StatusOr<v1::LoadReport> AdminClient::LoadPaths(const v1::LoadOptions& load,
                                                      const std::vector<std::string>& paths,
                                                      const ProgressCallback& progress,
                                                      const CallOverrides& overrides) const {
  ASSIGN_OR_RETURN(const std::vector<LocalFile> files, FindFiles(paths));
  return LoadRelease(load, files, progress, overrides);
}

absl::StatusOr<v1::VerifyReleaseResponse> AdminClient::VerifyRelease(
    absl::string_view release_id, const CallOverrides& overrides) const {
  v1::VerifyReleaseRequest request;
  request.set_release_id(std::string(release_id));
  return connection_->VerifyRelease(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::DeleteReleaseResponse> AdminClient::DeleteRelease(
    absl::string_view release_id, const CallOverrides& overrides) const {
  v1::DeleteReleaseRequest request;
  request.set_release_id(std::string(release_id));
  return connection_->DeleteRelease(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::SetActivationResponse> AdminClient::SetActivation(
    absl::string_view release_id, absl::string_view activate_on, absl::string_view by,
    const CallOverrides& overrides) const {
  v1::SetActivationRequest request;
  request.set_release_id(std::string(release_id));
  request.set_activate_on(std::string(activate_on));
  request.set_by(std::string(by));
  return connection_->SetActivation(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::SetLabelResponse> AdminClient::SetLabel(absl::string_view label,
                                                           absl::string_view release_id, bool exact,
                                                           absl::string_view by,
                                                           const CallOverrides& overrides) const {
  v1::SetLabelRequest request;
  request.set_label(std::string(label));
  request.set_release_id(std::string(release_id));
  request.set_exact(exact);
  request.set_by(std::string(by));
  return connection_->SetLabel(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::RollbackLabelResponse> AdminClient::RollbackLabel(
    absl::string_view label, absl::string_view by, absl::string_view from_release_id,
    const CallOverrides& overrides) const {
  v1::RollbackLabelRequest request;
  request.set_label(std::string(label));
  request.set_from_release_id(std::string(from_release_id));
  request.set_by(std::string(by));
  return connection_->RollbackLabel(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::RemoveLabelResponse> AdminClient::RemoveLabel(
    absl::string_view label, absl::string_view by, const CallOverrides& overrides) const {
  v1::RemoveLabelRequest request;
  request.set_label(std::string(label));
  request.set_by(std::string(by));
  return connection_->RemoveLabel(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::CreateBackupResponse> AdminClient::CreateBackup(
    absl::string_view folder, uint32_t keep, const CallOverrides& overrides) const {
  v1::CreateBackupRequest request;
  request.set_folder(std::string(folder));
  request.set_keep(keep);
  return connection_->CreateBackup(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::ListBackupsResponse> AdminClient::ListBackups(
    absl::string_view folder, const CallOverrides& overrides) const {
  v1::ListBackupsRequest request;
  request.set_folder(std::string(folder));
  return connection_->ListBackups(DeadlineAfter(options_.admin_timeout, overrides), request);
}

absl::StatusOr<v1::VerifyBackupResponse> AdminClient::VerifyBackup(
    absl::string_view folder, uint32_t number, const CallOverrides& overrides) const {
  v1::VerifyBackupRequest request;
  request.set_folder(std::string(folder));
  request.set_number(number);
  return connection_->VerifyBackup(DeadlineAfter(options_.admin_timeout, overrides), request);
}

}  // namespace codeset::client

#include "storage/store/no_space.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "rocksdb/file_system.h"

namespace codeset::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// By these words the reason is found again in what RocksDB makes of the failure.
constexpr absl::string_view kNoRoom = "no room on the disk: ";

// The system's words for a quota that is used up, for which RocksDB has no code.
const std::string& QuotaWords() {
  static const std::string& words = *new std::string(std::strerror(EDQUOT));
  return words;
}

// A failure for want of room as any other failure to write; all else as it is.
IOStatus Plain(IOStatus status) {
  if (!MeansNoSpace(status)) return status;
  const char* const state = status.getState();
  return IOStatus::IOError(std::string(kNoRoom) + (state == nullptr ? "" : state));
}

class WritableFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  explicit WritableFile(std::unique_ptr<rocksdb::FSWritableFile>&& file)
      : FSWritableFileOwnerWrapper(std::move(file)) {}
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    return Plain(target()->Append(data, options, debug));
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    return Plain(target()->Append(data, options, verification, debug));
  }
  IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset, const IOOptions& options,
                            IODebugContext* debug) override {
    return Plain(target()->PositionedAppend(data, offset, options, debug));
  }
  IOStatus PositionedAppend(const rocksdb::Slice& data, uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo& verification,
                            IODebugContext* debug) override {
    return Plain(target()->PositionedAppend(data, offset, options, verification, debug));
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
    return Plain(target()->Truncate(size, options, debug));
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    return Plain(target()->Close(options, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return Plain(target()->Flush(options, debug));
  }
  // A file system may find out only here.
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return Plain(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Plain(target()->Fsync(options, debug));
  }
  IOStatus RangeSync(uint64_t offset, uint64_t size, const IOOptions& options,
                     IODebugContext* debug) override {
    return Plain(target()->RangeSync(offset, size, options, debug));
  }
};

class Folder : public rocksdb::FSDirectoryWrapper {
 public:
  explicit Folder(std::unique_ptr<rocksdb::FSDirectory>&& folder)
      : FSDirectoryWrapper(std::move(folder)) {}
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Plain(FSDirectoryWrapper::Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& how) override {
    return Plain(FSDirectoryWrapper::FsyncWithDirOptions(options, debug, how));
  }
};

class FileSystem : public rocksdb::FileSystemWrapper {
 public:
  explicit FileSystem(const std::shared_ptr<rocksdb::FileSystem>& under)
      : FileSystemWrapper(under) {}
  const char* Name() const override { return "PlainNoSpaceFileSystem"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    return Wrap(FileSystemWrapper::NewWritableFile(path, options, result, debug), result);
  }
  IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext* debug) override {
    return Wrap(FileSystemWrapper::ReopenWritableFile(path, options, result, debug), result);
  }
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                             IODebugContext* debug) override {
    return Wrap(FileSystemWrapper::ReuseWritableFile(path, old, options, result, debug), result);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* debug) override {
    IOStatus status = FileSystemWrapper::NewDirectory(path, options, result, debug);
    if (!status.ok()) return Plain(std::move(status));
    *result = std::make_unique<Folder>(std::move(*result));
    return status;
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options,
                     IODebugContext* debug) override {
    return Plain(FileSystemWrapper::CreateDir(path, options, debug));
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions& options,
                              IODebugContext* debug) override {
    return Plain(FileSystemWrapper::CreateDirIfMissing(path, options, debug));
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    return Plain(FileSystemWrapper::RenameFile(from, to, options, debug));
  }
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* debug) override {
    return Plain(FileSystemWrapper::LinkFile(from, to, options, debug));
  }
  IOStatus Truncate(const std::string& path, size_t size, const IOOptions& options,
                    IODebugContext* debug) override {
    return Plain(FileSystemWrapper::Truncate(path, size, options, debug));
  }

 private:
  static IOStatus Wrap(IOStatus status, std::unique_ptr<rocksdb::FSWritableFile>* file) {
    if (!status.ok()) return Plain(std::move(status));
    *file = std::make_unique<WritableFile>(std::move(*file));
    return status;
  }
};

}  // namespace

PlainNoSpaceEnv::PlainNoSpaceEnv(rocksdb::Env* under) : EnvWrapper(under) {
  file_system_ = std::make_shared<FileSystem>(under->GetFileSystem());
  system_clock_ = under->GetSystemClock();
}

bool MeansNoSpace(const rocksdb::Status& status) {
  if (status.IsNoSpace()) return true;
  if (!status.IsIOError() || status.getState() == nullptr) return false;
  const absl::string_view words = status.getState();
  return absl::StrContains(words, kNoRoom) || absl::StrContains(words, QuotaWords());
}

}  // namespace codeset::store

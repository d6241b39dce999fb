#include "storage/store/watched_env.h"

#include <memory>
#include <string>
#include <utility>

#include "rocksdb/file_system.h"

namespace codeset::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using Watch = WatchedEnv::Watch;

IOStatus Ask(const Watch& watch, size_t bytes) {
  return watch(bytes) ? IOStatus::OK() : IOStatus::Aborted("given up");
}

class SequentialFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  SequentialFile(std::unique_ptr<rocksdb::FSSequentialFile>&& file, Watch watch)
      : FSSequentialFileOwnerWrapper(std::move(file)), watch_(std::move(watch)) {}
  IOStatus Read(size_t bytes, const IOOptions& options, rocksdb::Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus status = Ask(watch_, bytes);
    return status.ok() ? target()->Read(bytes, options, result, scratch, debug) : status;
  }

 private:
  const Watch watch_;
};

class RandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile>&& file, Watch watch)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), watch_(std::move(watch)) {}
  IOStatus Read(uint64_t offset, size_t bytes, const IOOptions& options, rocksdb::Slice* result,
                char* scratch, IODebugContext* debug) const override {
    IOStatus status = Ask(watch_, bytes);
    return status.ok() ? target()->Read(offset, bytes, options, result, scratch, debug) : status;
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    size_t bytes = 0;
    for (size_t i = 0; i < count; ++i) bytes += requests[i].len;
    IOStatus status = Ask(watch_, bytes);
    return status.ok() ? target()->MultiRead(requests, count, options, debug) : status;
  }

 private:
  const Watch watch_;
};

class FileSystem : public rocksdb::FileSystemWrapper {
 public:
  FileSystem(const std::shared_ptr<rocksdb::FileSystem>& under, Watch watch)
      : FileSystemWrapper(under), watch_(std::move(watch)) {}
  const char* Name() const override { return "WatchedFileSystem"; }

  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext* debug) override {
    IOStatus status = FileSystemWrapper::NewSequentialFile(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<SequentialFile>(std::move(*result), watch_);
    return status;
  }
  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext* debug) override {
    IOStatus status = FileSystemWrapper::NewRandomAccessFile(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<RandomAccessFile>(std::move(*result), watch_);
    return status;
  }

 private:
  const Watch watch_;
};

}  // namespace

WatchedEnv::WatchedEnv(rocksdb::Env* under, const Watch& watch) : EnvWrapper(under) {
  file_system_ = std::make_shared<FileSystem>(under->GetFileSystem(), watch);
  system_clock_ = under->GetSystemClock();
}

}  // namespace codeset::store

// A file system beneath RocksDB that fails when it is told to, and loses what was not synced when
// the power goes.
//
//   auto files = std::make_shared<FaultyFileSystem>();
//   FaultyEnv env(files);
//   files->FailAfter(Fault::kNoSpace, 10);   // from the 11th operation on, until Heal()
//   files->PowerOffAfter(10);                // then nothing reaches the disk any more
//   …close what has files open…
//   files->Crash(random);                    // cuts off what was not synced; the power is back
//
// What a power cut does: of every file any part of what was written since its last sync is lost;
// and of what was made, renamed and removed in folders since they were synced only the first so
// many have happened, as file systems with a journal have it.
//
// Thread-safe, but for Crash.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "rocksdb/env.h"
#include "rocksdb/file_system.h"
#include "rocksdb/system_clock.h"

namespace codeset::testing {

// What fails.
enum class Fault {
  kNone,
  // Writing to files and making them, for want of room.
  kNoSpace,
  // The same, and renaming them.
  kWrite,
  // Syncing files and folders.
  kSync,
  // Reading what was written.
  kRead,
};

// See above.
class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  using IOStatus = rocksdb::IOStatus;
  using IOOptions = rocksdb::IOOptions;
  using IODebugContext = rocksdb::IODebugContext;

  FaultyFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "FaultyFileSystem"; }

  // From so many operations of that kind on they fail.
  void FailAfter(Fault fault, int64_t operations) {
    const std::lock_guard<std::mutex> lock(mutex_);
    fault_ = fault;
    left_ = operations;
  }
  void Heal() { FailAfter(Fault::kNone, 0); }
  // Whether anything has failed since FailAfter.
  bool has_failed() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return fault_ != Fault::kNone && left_ < 0;
  }

  // The folders that were synced, each as often as it was.
  std::vector<std::string> synced_folders() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return synced_folders_;
  }

  // How much room the disk says it has; whatever it has without.
  void SetFreeSpace(std::optional<uint64_t> bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_ = bytes;
  }
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, uint64_t* bytes,
                        IODebugContext* debug) override {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (free_.has_value()) {
        *bytes = *free_;
        return IOStatus::OK();
      }
    }
    return FileSystemWrapper::GetFreeSpace(path, options, bytes, debug);
  }

  // After so many operations that change the disk, nothing reaches it any more.
  void PowerOffAfter(int64_t operations) {
    const std::lock_guard<std::mutex> lock(mutex_);
    power_left_ = operations;
  }
  void KeepPower() { PowerOffAfter(std::numeric_limits<int64_t>::max()); }
  bool is_off() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return power_left_ <= 0;
  }

  // Loses what was not synced. No file may be open.
  void Crash(std::mt19937_64& random) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [path, file] : files_) {
      if (!std::filesystem::exists(path)) continue;
      const uint64_t size = std::filesystem::file_size(path);
      if (size <= file.synced) continue;
      std::filesystem::resize_file(path, file.synced + random() % (size - file.synced + 1));
    }
    for (size_t kept = random() % (names_.size() + 1); names_.size() > kept; names_.pop_back()) {
      Undo(names_.back());
    }
    names_.clear();
    files_.clear();
    power_left_ = std::numeric_limits<int64_t>::max();
  }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override {
    IOStatus status = Change(Fault::kNoSpace);
    if (!status.ok()) return status;
    const bool is_new = !std::filesystem::exists(path);
    status = FileSystemWrapper::NewWritableFile(path, options, result, debug);
    if (!status.ok()) return status;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      files_[path] = {};
      if (is_new) names_.push_back({path, "", std::nullopt});
    }
    *result = std::make_unique<WritableFile>(std::move(*result), *this, path);
    return status;
  }
  // A log that is written anew in the place of an old one; not asked for by our options.
  IOStatus ReuseWritableFile(const std::string& path, const std::string& old,
                             const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* result,
                             IODebugContext* debug) override {
    IOStatus status = DeleteFile(old, IOOptions(), debug);
    return status.ok() ? NewWritableFile(path, options, result, debug) : status;
  }
  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext* debug) override {
    IOStatus status = FileSystemWrapper::NewRandomAccessFile(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<ReadableFile>(std::move(*result), *this);
    return status;
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* debug) override {
    IOStatus status = FileSystemWrapper::NewDirectory(path, options, result, debug);
    if (status.ok()) *result = std::make_unique<Folder>(std::move(*result), *this, path);
    return status;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = Change(Fault::kNone);
    if (!status.ok()) return status;
    const std::lock_guard<std::mutex> lock(mutex_);
    std::optional<std::string> old = Content(path);
    status = FileSystemWrapper::DeleteFile(path, options, debug);
    if (!status.ok()) return status;
    files_.erase(path);
    names_.push_back({path, "", std::move(old)});
    return status;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* debug) override {
    IOStatus status = Change(Fault::kWrite);
    if (!status.ok()) return status;
    const std::lock_guard<std::mutex> lock(mutex_);
    std::optional<std::string> old = Content(to);
    status = FileSystemWrapper::RenameFile(from, to, options, debug);
    if (!status.ok()) return status;
    names_.push_back({to, from, std::move(old)});
    files_[to] = files_[from];
    files_.erase(from);
    return status;
  }

 private:
  struct File {
    // So much of it has reached the disk.
    uint64_t synced = 0;
  };

  // A file was made, renamed or removed.
  struct NameChange {
    std::string path;
    // Under which name it was before; empty if it was not renamed.
    std::string from;
    // What was there before.
    std::optional<std::string> old;
  };

  static std::optional<std::string> Content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }

  static void Undo(const NameChange& change) {
    if (!change.from.empty()) {
      std::filesystem::rename(change.path, change.from);
    } else if (!change.old.has_value()) {
      std::filesystem::remove(change.path);
    }
    if (change.old.has_value()) std::ofstream(change.path, std::ios::binary) << *change.old;
  }

  class WritableFile : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    WritableFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, FaultyFileSystem& files,
                 std::string path)
        : FSWritableFileOwnerWrapper(std::move(file)), files_(files), path_(std::move(path)) {}
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                    IODebugContext* debug) override {
      IOStatus status = files_.Change(Fault::kNoSpace);
      if (!status.ok()) {
        // What does not fit is cut off.
        if (data.size() > 1 && !files_.is_off()) {
          target()->Append({data.data(), data.size() / 2}, options, debug).PermitUncheckedError();
          written_ += data.size() / 2;
        }
        return status;
      }
      written_ += data.size();
      return target()->Append(data, options, debug);
    }
    IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo& /*verification*/,
                    IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* debug) override {
      IOStatus status = files_.Change(Fault::kWrite);
      return status.ok() ? target()->Truncate(size, options, debug) : status;
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
      IOStatus status = files_.Change(Fault::kSync);
      if (status.ok()) status = target()->Flush(options, debug);
      if (status.ok()) files_.Synced(path_, written_);
      return status;
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
      return Sync(options, debug);
    }
    IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
      return IOStatus::OK();
    }
    void PrepareWrite(size_t, size_t, const IOOptions&, IODebugContext*) override {}
    IOStatus Allocate(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
      return IOStatus::OK();
    }

   private:
    FaultyFileSystem& files_;
    const std::string path_;
    uint64_t written_ = 0;
  };

  class ReadableFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    ReadableFile(std::unique_ptr<rocksdb::FSRandomAccessFile>&& file, FaultyFileSystem& files)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), files_(files) {}
    IOStatus Read(uint64_t offset, size_t n, const IOOptions& options, rocksdb::Slice* result,
                  char* scratch, IODebugContext* debug) const override {
      IOStatus status = files_.Read();
      return status.ok() ? target()->Read(offset, n, options, result, scratch, debug) : status;
    }
    IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                       IODebugContext* debug) override {
      IOStatus status = files_.Read();
      return status.ok() ? target()->MultiRead(requests, count, options, debug) : status;
    }

   private:
    FaultyFileSystem& files_;
  };

  class Folder : public rocksdb::FSDirectoryWrapper {
   public:
    Folder(std::unique_ptr<rocksdb::FSDirectory>&& folder, FaultyFileSystem& files,
           std::string path)
        : FSDirectoryWrapper(std::move(folder)), files_(files), path_(std::move(path)) {}
    IOStatus Fsync(const IOOptions& /*options*/, IODebugContext* /*debug*/) override {
      IOStatus status = files_.Change(Fault::kSync);
      if (status.ok()) files_.Linked(path_);
      return status;
    }
    IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                                 const rocksdb::DirFsyncOptions& /*how*/) override {
      return Fsync(options, debug);
    }

   private:
    FaultyFileSystem& files_;
    const std::string path_;
  };

  // Says whether an operation that changes the disk goes on; `kind` is the mildest fault that it
  // fails with.
  IOStatus Change(Fault kind) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (power_left_ <= 0) return IOStatus::IOError("the power is off");
    --power_left_;
    const bool meant = kind != Fault::kNone &&
                       (fault_ == kind || (fault_ == Fault::kWrite && kind == Fault::kNoSpace));
    if (!meant || --left_ >= 0) return IOStatus::OK();
    return fault_ == Fault::kNoSpace ? IOStatus::NoSpace("no room, by the test")
                                     : IOStatus::IOError("failed, by the test");
  }

  IOStatus Read() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (fault_ != Fault::kRead || --left_ >= 0) return IOStatus::OK();
    return IOStatus::IOError("failed, by the test");
  }

  void Synced(const std::string& path, uint64_t size) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto it = files_.find(path); it != files_.end()) it->second.synced = size;
  }

  void Linked(const std::string& folder) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::filesystem::path parent = FolderOf(folder + "/x");
    synced_folders_.push_back(parent.string());
    names_.erase(
        std::remove_if(names_.begin(), names_.end(),
                       [&](const NameChange& change) { return FolderOf(change.path) == parent; }),
        names_.end());
  }

  static std::filesystem::path FolderOf(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().parent_path();
  }

  mutable std::mutex mutex_;
  std::optional<uint64_t> free_;
  Fault fault_ = Fault::kNone;
  int64_t left_ = 0;
  int64_t power_left_ = std::numeric_limits<int64_t>::max();
  // What was written since the last crash.
  std::map<std::string, File> files_;
  // What happened in folders since they were synced, in this order.
  std::vector<NameChange> names_;
  std::vector<std::string> synced_folders_;
};

// An environment over such a file system, in which RocksDB does not wait for a second after a
// failure.
class FaultyEnv : public rocksdb::EnvWrapper {
 public:
  explicit FaultyEnv(std::shared_ptr<FaultyFileSystem> files)
      : EnvWrapper(rocksdb::NewCompositeEnv(files)) {
    file_system_ = std::move(files);
    system_clock_ = std::make_shared<Clock>();
  }

 private:
  class Clock : public rocksdb::SystemClockWrapper {
   public:
    Clock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
    const char* Name() const override { return "ImpatientClock"; }
    void SleepForMicroseconds(int micros) override {
      SystemClockWrapper::SleepForMicroseconds(std::min(micros, 1000));
    }
  };
};

}  // namespace codeset::testing

#include "storage/store/file_check.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "rocksdb/file_checksum.h"
#include "rocksdb/file_system.h"
#include "rocksdb/options.h"
#include "rocksdb/sst_file_reader.h"

namespace codeset::store {
namespace {

using rocksdb::Status;

constexpr size_t kPiece = 256 << 10;

// Files of blobs, all numbers little-endian: a header of magic number, version, family, two flags
// and a range of expirations; records of the lengths of key and value, the expiration, the masked
// checksums of these three and of key with value, key and value; a footer of magic number, the
// number of records, a range and the masked checksum of these. No expiration is ever used.
constexpr uint32_t kBlobMagic = 0x00248f37;
constexpr uint64_t kBlobHeader = 30;
constexpr uint64_t kBlobRecordHeader = 32;
constexpr uint64_t kBlobFooter = 32;
constexpr uint64_t kBlobVersion = 1;

// A manifest is a log: blocks, in which each record, or part of one, has the masked checksum of its
// type and content, its length (2 bytes) and its type. Less than such a header at the end of a
// block is zeros.
constexpr size_t kLogBlock = 32 << 10;
constexpr size_t kLogHeader = 7;
// Whole records, and the first, middle and last parts of one.
constexpr uint8_t kFirstLogType = 1;
constexpr uint8_t kLastLogType = 4;

uint64_t Number(absl::string_view bytes, size_t place, size_t length) {
  uint64_t number = 0;
  for (size_t i = length; i > 0; --i) {
    number = number << 8 | static_cast<uint8_t>(bytes[place + i - 1]);
  }
  return number;
}

// A checksum over bytes that come in pieces.
class Crc {
 public:
  Crc() : generator_(rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({})) {}
  void Add(absl::string_view bytes) { generator_->Update(bytes.data(), bytes.size()); }
  // As RocksDB records it, with its highest byte first.
  std::string EndRecorded() {
    generator_->Finalize();
    return generator_->GetChecksum();
  }
  uint32_t End() {
    std::string checksum = EndRecorded();
    std::reverse(checksum.begin(), checksum.end());
    return static_cast<uint32_t>(Number(checksum, 0, sizeof(uint32_t)));
  }
  // As it is stored beside what it is of.
  uint32_t EndMasked() {
    const uint32_t crc = End();
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  }

 private:
  std::unique_ptr<rocksdb::FileChecksumGenerator> generator_;
};

uint32_t MaskedCrc(absl::string_view bytes) {
  Crc crc;
  crc.Add(bytes);
  return crc.EndMasked();
}

// Reads a file from its begin on.
class Reader {
 public:
  static Status Open(rocksdb::Env& env, const std::string& path, std::unique_ptr<Reader>& reader) {
    std::unique_ptr<rocksdb::FSSequentialFile> file;
    Status status =
        env.GetFileSystem()->NewSequentialFile(path, rocksdb::FileOptions(), &file, nullptr);
    if (status.ok()) reader.reset(new Reader(std::move(file)));
    return status;
  }

  // The next bytes, at most kPiece; good until the next call. Corruption where the file ends
  // before.
  Status Read(size_t bytes, absl::string_view& result) {
    piece_.resize(bytes);
    size_t have = 0;
    while (have < bytes) {
      rocksdb::Slice slice;
      Status status =
          file_->Read(bytes - have, rocksdb::IOOptions(), &slice, &piece_[have], nullptr);
      if (!status.ok()) return status;
      if (slice.empty()) return Status::Corruption("it ends too early");
      if (slice.data() != &piece_[have])
        piece_.replace(have, slice.size(), slice.data(), slice.size());
      have += slice.size();
    }
    result = piece_;
    return Status::OK();
  }

 private:
  explicit Reader(std::unique_ptr<rocksdb::FSSequentialFile> file) : file_(std::move(file)) {}

  std::unique_ptr<rocksdb::FSSequentialFile> file_;
  std::string piece_;
};

Status Damaged(absl::string_view what, uint64_t place) {
  return Status::Corruption(absl::StrCat(what, " at byte ", place));
}

// Holds a whole file against the checksum that it was written with.
Status ProveChecksum(rocksdb::Env& env, const std::string& path, const std::string& checksum) {
  uint64_t left = 0;
  Status status = env.GetFileSize(path, &left);
  std::unique_ptr<Reader> reader;
  if (status.ok()) status = Reader::Open(env, path, reader);
  Crc crc;
  while (status.ok() && left > 0) {
    absl::string_view bytes;
    status = reader->Read(static_cast<size_t>(std::min<uint64_t>(left, kPiece)), bytes);
    if (!status.ok()) break;
    crc.Add(bytes);
    left -= bytes.size();
  }
  if (!status.ok() || crc.EndRecorded() == checksum) return status;
  return Status::Corruption("it does not match the checksum that it was written with");
}

// One record of a file of blobs; `left` is how much of the file holds records from here on.
Status ProveBlob(Reader& reader, uint64_t place, uint64_t& left) {
  absl::string_view bytes;
  if (left < kBlobRecordHeader) return Damaged("a record is cut off", place);
  Status status = reader.Read(kBlobRecordHeader, bytes);
  if (!status.ok()) return status;
  const uint64_t key = Number(bytes, 0, 8);
  const uint64_t value = Number(bytes, 8, 8);
  const auto expected = static_cast<uint32_t>(Number(bytes, 28, 4));
  if (MaskedCrc(bytes.substr(0, 24)) != Number(bytes, 24, 4)) {
    return Damaged("the lengths of a record do not match their checksum", place);
  }
  left -= kBlobRecordHeader;
  if (key > left || value > left - key) return Damaged("a record is cut off", place);
  Crc crc;
  for (uint64_t rest = key + value; rest > 0; rest -= bytes.size()) {
    status = reader.Read(static_cast<size_t>(std::min<uint64_t>(rest, kPiece)), bytes);
    if (!status.ok()) return status;
    crc.Add(bytes);
  }
  if (crc.EndMasked() != expected) return Damaged("a record does not match its checksum", place);
  left -= key + value;
  return Status::OK();
}

}  // namespace

uint32_t Crc32c(absl::string_view bytes) {
  Crc crc;
  crc.Add(bytes);
  return crc.End();
}

Status ProveTable(rocksdb::Env& env, const std::string& path) {
  rocksdb::Options options;
  options.env = &env;
  rocksdb::SstFileReader reader(options);
  Status status = reader.Open(path);
  if (!status.ok()) return status;
  rocksdb::ReadOptions read;
  read.fill_cache = false;
  // So that there is a moment between two reads to wait or to give up.
  read.readahead_size = kPiece;
  return reader.VerifyChecksum(read);
}

Status ProveBlobFile(rocksdb::Env& env, const std::string& path) {
  uint64_t size = 0;
  Status status = env.GetFileSize(path, &size);
  if (!status.ok()) return status;
  if (size < kBlobHeader + kBlobFooter) return Status::Corruption("it is too short");
  std::unique_ptr<Reader> reader;
  status = Reader::Open(env, path, reader);
  if (!status.ok()) return status;
  absl::string_view bytes;
  status = reader->Read(kBlobHeader, bytes);
  if (!status.ok()) return status;
  // It has no checksum, and RocksDB refuses a file that has other values. The family's number, in
  // between, is not known here.
  if (Number(bytes, 0, 4) != kBlobMagic || Number(bytes, 4, 4) != kBlobVersion ||
      Number(bytes, 12, 1) != 0 || Number(bytes, 13, 1) != rocksdb::kZSTD ||
      Number(bytes, 14, 8) != 0 || Number(bytes, 22, 8) != 0) {
    return Damaged("it does not begin as such a file", 0);
  }
  uint64_t records = 0;
  for (uint64_t left = size - kBlobHeader - kBlobFooter; left > 0; ++records) {
    status = ProveBlob(*reader, size - kBlobFooter - left, left);
    if (!status.ok()) return status;
  }
  status = reader->Read(kBlobFooter, bytes);
  if (!status.ok()) return status;
  if (Number(bytes, 0, 4) != kBlobMagic || Number(bytes, 4, 8) != records ||
      MaskedCrc(bytes.substr(0, 28)) != Number(bytes, 28, 4)) {
    return Damaged("its footer does not match its checksum or its records", size - kBlobFooter);
  }
  return Status::OK();
}

Status ListFiles(rocksdb::DB& db, std::vector<rocksdb::LiveFileStorageInfo>& files) {
  rocksdb::LiveFilesStorageInfoOptions options;
  options.include_checksum_info = true;
  // Nothing is flushed for it.
  options.wal_size_for_flush = std::numeric_limits<uint64_t>::max();
  return db.GetLiveFilesStorageInfo(options, &files);
}

Status ProveContent(rocksdb::Env& env, const std::string& path,
                    const rocksdb::FileStorageInfo& recorded) {
  if (recorded.file_checksum_func_name == rocksdb::kStandardDbFileChecksumFuncName) {
    return ProveChecksum(env, path, recorded.file_checksum);
  }
  return recorded.file_type == rocksdb::kTableFile ? ProveTable(env, path)
                                                   : ProveBlobFile(env, path);
}

Status ProveManifest(rocksdb::Env& env, const std::string& path, uint64_t size) {
  std::unique_ptr<Reader> reader;
  Status status = Reader::Open(env, path, reader);
  if (!status.ok()) return status;
  for (uint64_t begin = 0; begin < size; begin += kLogBlock) {
    absl::string_view block;
    status = reader->Read(static_cast<size_t>(std::min<uint64_t>(kLogBlock, size - begin)), block);
    if (!status.ok()) return status;
    size_t place = 0;
    while (place < block.size()) {
      if (kLogBlock - place < kLogHeader) {
        const absl::string_view rest = block.substr(place);
        if (std::all_of(rest.begin(), rest.end(), [](char c) { return c == 0; })) break;
        return Damaged("the end of a block is not zeros", begin + place);
      }
      if (block.size() - place < kLogHeader) return Damaged("a record is cut off", begin + place);
      const auto length = static_cast<size_t>(Number(block, place + 4, 2));
      const auto type = static_cast<uint8_t>(block[place + 6]);
      if (type < kFirstLogType || type > kLastLogType) {
        return Damaged(absl::StrCat("a record has the unknown type ", type), begin + place);
      }
      if (length > block.size() - place - kLogHeader) {
        return Damaged("a record is cut off", begin + place);
      }
      if (MaskedCrc(block.substr(place + 6, 1 + length)) != Number(block, place, 4)) {
        return Damaged("a record does not match its checksum", begin + place);
      }
      place += kLogHeader + length;
    }
  }
  return Status::OK();
}

}  // namespace codeset::store

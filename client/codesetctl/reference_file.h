// The files of an import, and the pages of one, read on a thread of its own while others are sent.
//
//   ASSIGN_OR_RETURN(auto file, ReferenceFile::Open("pages.jsonl"));
//   admin.ImportReferences(options, [&] { return file->Next(); }, nullptr);
//
// Memory holds some 8 MiB of documents, and for each that was given its line and code, so that
// what the server says of it can be told where it stands.
#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "codeset/v1/reference.pb.h"

namespace codeset::ctl {

// The files that `paths` name: a file itself, whatever its name; of a folder every *.json and
// *.jsonl at any depth, sorted by their paths. In the order of `paths`, each file once. NOT_FOUND
// for a path that does not exist, INVALID_ARGUMENT for a folder without such files.
absl::StatusOr<std::vector<std::string>> FindReferenceFiles(const std::vector<std::string>& paths);

// See above. Next is called by one thread at a time, the rest after it has ended.
class ReferenceFile {
 public:
  // Opens a file and begins to read. The local error if it cannot be opened.
  static absl::StatusOr<std::unique_ptr<ReferenceFile>> Open(const std::string& path);
  ReferenceFile(const ReferenceFile&) = delete;
  ReferenceFile& operator=(const ReferenceFile&) = delete;
  // Ends reading, wherever it is.
  ~ReferenceFile();

  // The next page; nothing at the end. INVALID_ARGUMENT, once all of the file has been looked at,
  // where documents of it are wrong: `problems` says which. The server then gets no half of it.
  absl::StatusOr<std::optional<v1::Reference>> Next();

  // What is wrong with the file, `file:line: document N: field: reason`: of up to 20 documents,
  // and no more once the end of one cannot be told.
  std::vector<std::string> problems();
  // Where a page stands that Next has given, from 0: `file:line: document 3 (M99.86)`.
  std::string PlaceOf(std::int64_t document) const;

 private:
  struct Place {
    std::int64_t line = 0;
    std::array<char, 12> code{};
  };
  struct Read {
    v1::Reference reference;
    std::int64_t line = 0;
    std::size_t bytes = 0;
  };

  explicit ReferenceFile(std::string path) : path_(std::move(path)) {}

  // The thread of the reader.
  void ReadAll();
  // Lays one page by; waits for room. False if nobody wants more.
  bool Push(Read read);

  const std::string path_;
  std::ifstream in_;
  std::vector<Place> given_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Read> ready_;
  std::size_t ready_bytes_ = 0;
  std::vector<std::string> problems_;
  bool read_all_ = false;
  bool stopped_ = false;
  // Last, since it uses the rest.
  std::thread reader_;
};

}  // namespace codeset::ctl

// The messages of LoadRelease and ImportReferences, for tests that send them one by one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "codeset/v1/admin.pb.h"
#include "storage/source/input.h"

namespace codeset::server {

inline v1::LoadReleaseRequest OptionsFor(const std::string& release_id) {
  v1::LoadReleaseRequest request;
  request.mutable_options()->set_release_id(release_id);
  return request;
}

inline v1::LoadReleaseRequest Chunk(const std::string& name, const std::string& data) {
  v1::LoadReleaseRequest request;
  request.mutable_chunk()->set_name(name);
  request.mutable_chunk()->set_data(data);
  return request;
}

// States that just these files were sent.
inline v1::LoadReleaseRequest EndOf(const std::vector<source::InputFile>& files) {
  v1::LoadReleaseRequest request;
  int64_t bytes = 0;
  for (const source::InputFile& file : files) bytes += static_cast<int64_t>(file.bytes.size());
  request.mutable_end()->set_files(static_cast<int32_t>(files.size()));
  request.mutable_end()->set_bytes(bytes);
  return request;
}

// States that so many pages were sent.
inline v1::ImportReferencesRequest EndOfImport(int pages) {
  v1::ImportReferencesRequest request;
  request.mutable_end()->set_documents(pages);
  return request;
}

}  // namespace codeset::server

// Whether a page keeps the rules of proto/codeset/v1/reference.proto.
//
//   ReferenceChecker checker(backend, open, today);
//   RequestCheck check;
//   // Also puts codes in the official spelling.
//   RETURN_IF_ERROR(checker.Check("documents[0].", page, check, warnings));
//   RETURN_IF_ERROR(check.status());
//
// Not thread-safe: each import has its own.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "codeset/v1/admin.pb.h"
#include "codeset/v1/reference.pb.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "server/backend.h"
#include "server/request.h"
#include "storage/model/date.h"
#include "storage/model/source_editions.h"

namespace codeset::server {

inline constexpr size_t kMaxPageBytes = size_t{1} << 20;

// See above.
class ReferenceChecker {
 public:
  // `backend` and `open`, which has an image, outlive the checker.
  ReferenceChecker(const Backend& backend, const OpenRelease& open);

  // Checks a page whose fields' paths begin with `prefix`, and puts its code and links in the
  // official spelling. Everything that is wrong is told to `check`; `warnings` get what is not
  // wrong, without document and code. An error is no fault of the page: it cannot be judged, since
  // a release that matters cannot be read (DATA_DAMAGED).
  absl::Status Check(absl::string_view prefix, v1::Reference& page, RequestCheck& check,
                     std::vector<v1::ImportWarning>& warnings);

 private:
  struct Page;

  void CheckCode(Page& page);
  void CheckSources(Page& page);
  void CheckSource(Page& page, int i);
  void CheckBlock(Page& page, absl::string_view name, v1::TextBlock& block);
  void CheckTexts(Page& page, absl::string_view name, v1::TextSection& section);
  void CheckQuestions(Page& page, v1::QuestionSection& section);
  void CheckProcedures(Page& page, const v1::ProcedureSection& section);
  void CheckProvenance(Page& page, absl::string_view name, const v1::Provenance& provenance);
  void CheckItemId(Page& page, absl::string_view field, absl::string_view id);
  // `text` is all the words that the links may stand in.
  void CheckLinks(Page& page, const std::string& prefix, absl::string_view text,
                  google::protobuf::RepeatedPtrField<v1::CodeLink>& links);
  // A loaded release that has the code, newest first; empty if none has. Where that cannot be told,
  // since one cannot be read, that is noted in `unread_`.
  std::string ReleaseWith(absl::string_view code);

  const Backend& backend_;
  const OpenRelease& open_;
  const model::SourceEditions editions_;
  // What ReleaseWith found, by code.
  std::map<std::string, std::string> elsewhere_;
  // Why the page at hand cannot be judged.
  absl::Status unread_;
};

}  // namespace codeset::server

#include "tests/crash/contents.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/loader.h"
#include "server/releases.h"
#include "storage/model/status_macros.h"
#include "storage/source/input.h"
#include "storage/store/store.h"
#include "tests/support/source_text.h"

namespace codeset::crash {
namespace {

// Years to come: nothing comes into force meanwhile.
constexpr const char* kHandMade[] = {"2097", "2098", "2098-04"};

absl::Status WriteFile(const std::string& path, absl::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out << text << std::flush;
  return out ? absl::OkStatus() : absl::InternalError(absl::StrCat("writing ", path));
}

// An order file, and a tabular list of the same codes, with words of their own.
absl::StatusOr<Content> HandMade(const std::string& folder, const std::string& id) {
  const std::string title = absl::StrCat("Cholera of ", id);
  std::string order;
  std::string diags;
  int number = 0;
  absl::StrAppend(&order, testing::OrderLine(++number, "A00", false, title));
  for (const char* const code : kCodes) {
    const std::string words = absl::StrCat(title, ", ", code);
    std::string undotted = code;
    undotted.erase(3, 1);
    absl::StrAppend(&order, testing::OrderLine(++number, undotted, true, words));
    absl::StrAppend(&diags, testing::DiagXml(code, words));
  }
  Content content;
  content.id = id;
  content.paths = {absl::StrCat(folder, "/", id, "-order.txt"),
                   absl::StrCat(folder, "/", id, "-tabular.xml")};
  RETURN_IF_ERROR(WriteFile(content.paths[0], order));
  RETURN_IF_ERROR(
      WriteFile(content.paths[1], testing::TabularXml(testing::DiagXml("A00", title, diags))));
  return content;
}

// Loads all parts of a release.
absl::Status LoadOnce(store::Store& store, Content& content) {
  for (const std::string& path : content.paths) {
    v1::LoadOptions options;
    options.set_release_id(content.id);
    ASSIGN_OR_RETURN(std::vector<source::InputFile> files, source::ReadInputFiles({path}));
    ASSIGN_OR_RETURN(v1::LoadReport report,
                     server::LoadRelease(store, options, std::move(files), {}));
    content.releases.push_back(std::move(*report.mutable_release()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Contents> Contents::Make(const std::string& folder, const std::string& published) {
  Contents contents;
  for (const char* const id : kHandMade) {
    ASSIGN_OR_RETURN(Content content, HandMade(folder, id));
    contents.contents_.push_back(std::move(content));
  }
  // In force since long.
  const std::string miniature = CODESET_SOURCE_DIR "/tests/data/miniature/";
  contents.contents_.push_back({"2025", {miniature + "2025"}, {}, "", false});
  contents.contents_.push_back({"2026", {miniature + "2026"}, {}, "2025", false});
  if (!published.empty()) {
    contents.contents_.push_back({"2021", {published + "/2021"}, {}, "", true});
    contents.contents_.push_back({"2023", {published + "/2023"}, {}, "", true});
  }
  store::StoreOptions options;
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                   store::Store::Open(folder + "/whole", options));
  for (Content& content : contents.contents_) RETURN_IF_ERROR(LoadOnce(*store, content));
  return contents;
}

const Content& Contents::Get(absl::string_view id) const {
  return *std::find_if(contents_.begin(), contents_.end(),
                       [&](const Content& content) { return absl::string_view(content.id) == id; });
}

}  // namespace codeset::crash

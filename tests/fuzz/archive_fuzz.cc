// What a load gets: bytes of whatever kind, most of all zips, through recognition and the reader
// that they are recognised for. The second half of an input that has a line `%%` is another file.
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "storage/source/recognise.h"
#include "storage/source/source.h"
#include "tests/fuzz/fuzz.h"

namespace codeset {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using model::Reason;
  const absl::string_view input = fuzz::TextOf(data, size);
  std::vector<source::InputFile> files;
  for (const fuzz::Part& part : fuzz::SplitParts(input)) {
    const source::FileKind kind = source::Recognise(part.text);
    fuzz::Expect(!source::FileKindName(kind).empty(), "a kind has no name");
    if (!source::IsNeeded(kind) && kind != source::FileKind::kArchive) {
      fuzz::Expect(!source::WhyIgnored(kind, part.text).empty(), "a file is ignored for no reason");
    }
    files.push_back({files.empty() ? "a" : "b", std::string(part.text)});
  }
  for (const source::Purpose purpose : {source::Purpose::kWhole, source::Purpose::kOverlay}) {
    const absl::StatusOr<source::SourceFiles> read = source::ReadSources(files, purpose);
    if (!read.ok()) {
      fuzz::ExpectError(read.status(), {Reason::kSourceUnreadable, Reason::kSourceMalformed,
                                        Reason::kSourceNotRecognised});
      continue;
    }
    fuzz::Expect(
        read->order || read->tabular || read->poa || read->conversion || !read->addenda.empty(),
        "nothing was read, and that is no error");
    if (read->order.has_value()) {
      fuzz::ExpectCanonical(model::FacetGroup::kOrder, model::EncodeOrder(*read->order));
    }
    if (read->tabular.has_value()) {
      fuzz::ExpectCanonical(model::FacetGroup::kTabular, model::EncodeTabular(*read->tabular));
    }
    for (const source::ReadFile& file : read->read) {
      fuzz::Expect(file.sha256.size() == 64 && !file.role.empty() && !file.name.empty(),
                   "a file that was read is not told of", file.name);
    }
  }
  return 0;
}

}  // namespace codeset

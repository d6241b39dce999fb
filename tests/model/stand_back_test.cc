#include "storage/model/stand_back.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <utility>

#include "absl/strings/string_view.h"
#include "storage/model/digest.h"
#ifdef __linux__
#include <sched.h>
#include <sys/resource.h>
#endif

namespace codeset::model {
namespace {

#ifdef __linux__
// How a thread stands, by what the system says of it.
struct Standing {
  int policy = ::sched_getscheduler(0);
  int nice = ::getpriority(PRIO_PROCESS, 0);
};

TEST(StandBackTest, PutsAThreadAndThoseItBeginsBehindOthersAndNobodyElse) {
  const Standing before;
  if (before.nice > 9 || before.policy != SCHED_OTHER) GTEST_SKIP() << "this process stands back";
  int refused = 0;
  Standing itself, again, begun;
  std::thread([&] {
    refused = StandBack();
    itself = Standing();
    refused += StandBack();
    again = Standing();
    std::thread([&] {
      GiveWay();
      begun = Standing();
    }).join();
  }).join();
  if (refused != 0) GTEST_SKIP() << "the system refuses, errno " << refused;
  for (const Standing& standing : {itself, again, begun}) {
    EXPECT_EQ(standing.policy, SCHED_BATCH);
    EXPECT_EQ(standing.nice, before.nice + 10);
  }
  const Standing after;
  EXPECT_EQ(after.policy, before.policy);
  EXPECT_EQ(after.nice, before.nice);
}
#endif

// What stands back gives way in the middle of a long text, which must not change what it comes to.
TEST(StandBackTest, LongTextsHaveTheirDigest) {
  std::thread([] {
    StandBack();
    // NIST's example for SHA-256.
    EXPECT_EQ(FormatDigest(DigestOf(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }).join();
  // On both sides of what it takes at once; by Python's hashlib.
  const std::pair<size_t, absl::string_view> known[] = {
      {65'536, "1f8745f0d2d1387ec1af2211a3cf417b2e9e885e853472649c1d979d0e9370e3"},
      {65'537, "1abe08ebecf1c18cab71f6fe28aaddf20268f85bad78bb9a72f88ca47c874662"},
      {131'072, "15601535eca4a38b7e31ad6494861121cb9f84ccf55d4beb6a707d4f7a87813d"},
      {131'073, "0c5c5c759aa8164f9fb53c471ff060903c99edcb520fb7d9cb4bf7a45755f1c2"}};
  for (const auto& [size, digest] : known) {
    EXPECT_EQ(FormatDigest(DigestOf(std::string(size, 'x'))), digest) << size;
  }
}

}  // namespace
}  // namespace codeset::model

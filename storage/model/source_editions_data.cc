#include "storage/model/source_editions_data.h"

namespace codeset::model {

// Each fiscal year has guidelines of its own, from its first day. Where those within a year are
// known from:
//
// 2020-04  "ICD-10-CM Official Coding and Reporting Guidelines, April 1, 2020 through September
//          30, 2020", published by CDC on 2020-03-31: acdis.org, "CDC publishes ICD-10-CM Official
//          Guidelines for COVID-19"; chirocode.com, "Guidelines Updated for COVID-19".
// 2021-01  CDC, 2020-12-16, effective from 1 January through 30 September 2021: icd10monitor.com,
//          "CDC Releases Updated Guidelines", 2021-01-11.
// 2022-04  CDC, "FY 2022, updated April 1, 2022": as the project was told; no page was found
//          that says so.
// 2023-04  CMS, 2023-01-11: mmplusinc.com, "April 1, 2023 Update to Official Guidelines for
//          Coding & Reporting".
// 2024-04  "effective from April 1 to September 30, 2024": caremso.com, "2024 ICD-10-CM Coding
//          Guidelines".
//
// Of April 2025 and 2026 no guidelines were found: those editions changed notes and index alone.
const absl::string_view kBuiltInSourceEditions = R"(# Editions of the guidelines.
# series    edition  first day
guidelines  2014     2013-10-01
guidelines  2015     2014-10-01
guidelines  2016     2015-10-01
guidelines  2017     2016-10-01
guidelines  2018     2017-10-01
guidelines  2019     2018-10-01
guidelines  2020     2019-10-01
guidelines  2020-04  2020-04-01
guidelines  2021     2020-10-01
guidelines  2021-01  2021-01-01
guidelines  2022     2021-10-01
guidelines  2022-04  2022-04-01
guidelines  2023     2022-10-01
guidelines  2023-04  2023-04-01
guidelines  2024     2023-10-01
guidelines  2024-04  2024-04-01
guidelines  2025     2024-10-01
guidelines  2026     2025-10-01
guidelines  2027     2026-10-01
)";

}  // namespace codeset::model

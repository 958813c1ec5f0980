#include "hadm_counter.h"

static bool is_among(struct hadm_slice name, const struct hadm_slice *names,
                     size_t count) {
  for (size_t i = 0; i < count; i++)
    if (hadm_slice_equal(name, names[i]))
      return true;
  return false;
}

#define IS_AMONG(name, names)                                                  \
  is_among(name, names, sizeof(names) / sizeof((names)[0]))

/* Those of `show info` that HAProxy keeps in an unsigned int. */
static const struct hadm_slice of_32_bits[] = {
    HADM_STATIC("BlockedTrafficWarnings"),
    HADM_STATIC("CumConns"),
    HADM_STATIC("CumRecvLogs"),
    HADM_STATIC("CumReq"),
    HADM_STATIC("CumSslConns"),
    HADM_STATIC("CumStreams"),
    HADM_STATIC("DebugCommandsIssued"),
    HADM_STATIC("DroppedLogs"),
    HADM_STATIC("FailedResolutions"),
    HADM_STATIC("MaxconnReached"),
    HADM_STATIC("PoolFailed"),
    HADM_STATIC("SslCacheLookups"),
    HADM_STATIC("SslCacheMisses"),
    HADM_STATIC("TotalWarnings"),
};

static const struct hadm_slice of_64_bits[] = {
    HADM_STATIC("PatternsAdded"),        HADM_STATIC("PatternsFreed"),
    HADM_STATIC("TotalBytesOut"),        HADM_STATIC("TotalSplicdedBytesOut"),
    HADM_STATIC("TotalSplicedBytesOut"),
};

static const struct hadm_slice of_rows[] = {
    HADM_STATIC("bin"),        HADM_STATIC("bout"),
    HADM_STATIC("cache_hits"), HADM_STATIC("cache_lookups"),
    HADM_STATIC("chkdown"),    HADM_STATIC("chkfail"),
    HADM_STATIC("cli_abrt"),   HADM_STATIC("comp_byp"),
    HADM_STATIC("comp_in"),    HADM_STATIC("comp_out"),
    HADM_STATIC("comp_rsp"),   HADM_STATIC("conn_tot"),
    HADM_STATIC("connect"),    HADM_STATIC("dcon"),
    HADM_STATIC("downtime"),   HADM_STATIC("dreq"),
    HADM_STATIC("dresp"),      HADM_STATIC("dses"),
    HADM_STATIC("econ"),       HADM_STATIC("eint"),
    HADM_STATIC("ereq"),       HADM_STATIC("eresp"),
    HADM_STATIC("h1req"),      HADM_STATIC("h1sess"),
    HADM_STATIC("h2req"),      HADM_STATIC("h2sess"),
    HADM_STATIC("h3req"),      HADM_STATIC("h3sess"),
    HADM_STATIC("hanafail"),   HADM_STATIC("hrsp_1xx"),
    HADM_STATIC("hrsp_2xx"),   HADM_STATIC("hrsp_3xx"),
    HADM_STATIC("hrsp_4xx"),   HADM_STATIC("hrsp_5xx"),
    HADM_STATIC("hrsp_other"), HADM_STATIC("intercepted"),
    HADM_STATIC("lbtot"),      HADM_STATIC("req_other"),
    HADM_STATIC("req_tot"),    HADM_STATIC("reqbin"),
    HADM_STATIC("reqbout"),    HADM_STATIC("resbin"),
    HADM_STATIC("resbout"),    HADM_STATIC("reuse"),
    HADM_STATIC("sess_other"), HADM_STATIC("srv_abrt"),
    HADM_STATIC("stot"),       HADM_STATIC("wredis"),
    HADM_STATIC("wretr"),      HADM_STATIC("wrew"),
};

/* Of a name server, as `show resolvers` calls them. */
static const struct hadm_slice of_name_servers[HADM_COUNTERS_NAME_SERVER] = {
    HADM_STATIC("sent"),     HADM_STATIC("snd_error"),
    HADM_STATIC("valid"),    HADM_STATIC("update"),
    HADM_STATIC("cname"),    HADM_STATIC("cname_error"),
    HADM_STATIC("any_err"),  HADM_STATIC("nx"),
    HADM_STATIC("timeout"),  HADM_STATIC("refused"),
    HADM_STATIC("other"),    HADM_STATIC("invalid"),
    HADM_STATIC("too_big"),  HADM_STATIC("truncated"),
    HADM_STATIC("outdated"),
};

/* The fields of HAProxy's modules begin so; nearly all of them count. */
static const struct hadm_slice modules[] = {
    HADM_STATIC("h1_"),   HADM_STATIC("h2_"),    HADM_STATIC("h3_"),
    HADM_STATIC("pack_"), HADM_STATIC("qpack_"), HADM_STATIC("quic_"),
    HADM_STATIC("ssl_"),
};

static const struct hadm_slice open_now[] = {
    HADM_STATIC("h1_open_connections"),     HADM_STATIC("h1_open_streams"),
    HADM_STATIC("h2_backend_open_streams"), HADM_STATIC("h2_open_connections"),
    HADM_STATIC("quic_half_open_conn"),
};

static bool is_of_module(struct hadm_slice name) {
  for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
    if (hadm_slice_starts(name, modules[i]))
      return !IS_AMONG(name, open_now);
  return false;
}

bool hadm_counter_is_short(const struct hadm_metric *metric) {
  return metric->kinds == HADM_OF(HADM_PROCESS) &&
         IS_AMONG(metric->name, of_32_bits);
}

bool hadm_counter_is_one(const struct hadm_metric *metric) {
  if (metric->kinds == HADM_OF(HADM_PROCESS))
    return hadm_counter_is_short(metric) || IS_AMONG(metric->name, of_64_bits);
  return IS_AMONG(metric->name, of_rows) || is_of_module(metric->name);
}

/* Some versions misspell one; it is the same counter. */
static const struct hadm_slice misspelt = HADM_STATIC("TotalSplicdedBytesOut");
static const struct hadm_slice spelt = HADM_STATIC("TotalSplicedBytesOut");

static void add_counter(struct hadm_counters *counters, unsigned kind,
                        const struct hadm_metric *metric) {
  size_t number = counters->count[kind]++;
  counters->metrics[kind][number] = metric;
  counters->numbers[kind][hadm_metric_index(metric)] =
      (unsigned char)(number + 1);
}

void hadm_counters_init(struct hadm_counters *counters) {
  *counters = (struct hadm_counters){{0}, {{0}}, {{0}}};
  for (size_t i = 0; i < hadm_metric_count(); i++) {
    const struct hadm_metric *metric = hadm_metric_at(i);
    if (!hadm_counter_is_one(metric) ||
        hadm_slice_equal(metric->name, misspelt))
      continue;
    for (unsigned kind = 0; kind < HADM_COUNTER_KINDS; kind++)
      if ((metric->kinds & HADM_OF(kind)) != 0)
        add_counter(counters, kind, metric);
  }
  counters->count[HADM_NAME_SERVER] = HADM_COUNTERS_NAME_SERVER;
  const unsigned of = HADM_OF(HADM_PROCESS);
  unsigned char *numbers = counters->numbers[HADM_PROCESS];
  numbers[hadm_metric_index(hadm_metric_find(misspelt, of))] =
      numbers[hadm_metric_index(hadm_metric_find(spelt, of))];
}

int hadm_counters_number(const struct hadm_counters *counters,
                         enum hadm_kind kind,
                         const struct hadm_metric *metric) {
  return counters->numbers[kind][hadm_metric_index(metric)] - 1;
}

int hadm_counters_find(const struct hadm_counters *counters,
                       enum hadm_kind kind, struct hadm_slice name) {
  if (kind == HADM_NAME_SERVER) {
    for (int i = 0; i < HADM_COUNTERS_NAME_SERVER; i++)
      if (hadm_slice_equal(name, of_name_servers[i]))
        return i;
    return -1;
  }
  const struct hadm_metric *metric = hadm_metric_find(name, HADM_OF(kind));
  return metric == NULL ? -1 : hadm_counters_number(counters, kind, metric);
}

struct hadm_slice hadm_counters_name(const struct hadm_counters *counters,
                                     enum hadm_kind kind, size_t number) {
  return kind == HADM_NAME_SERVER ? of_name_servers[number]
                                  : counters->metrics[kind][number]->name;
}

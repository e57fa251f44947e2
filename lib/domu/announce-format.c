/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/announce-format.h"

#include <inttypes.h>

#include "base/model.h"

/* ---- BIRD 2 ---- */

#define BIRD_PREFERENCE 210 /* above static routes (200), and BGP's (100), which may be older */
#define OSPF_MOST       16777214 /* LSInfinity - 1: RFC 5340 4.4, RFC 2328 B */

/* A kernel protocol reads one table, so each further one has its own, and a pipe to master6. */
static void print_bird_table(uint32_t table, FILE *out)
{
    fprintf(out,
            "\nipv6 table vif_route_ipv6_%" PRIu32 ";\n"
            "protocol kernel vif_route_ipv6_kernel_%" PRIu32 " {\n"
            "\tkernel table %" PRIu32 ";\n"
            "\tlearn;\n"
            "\tipv6 {\n"
            "\t\ttable vif_route_ipv6_%" PRIu32 ";\n"
            "\t\timport filter vif_route_ipv6;\n"
            "\t\texport none;\n"
            "\t};\n"
            "}\n"
            "protocol pipe vif_route_ipv6_pipe_%" PRIu32 " {\n"
            "\ttable master6;\n"
            "\tpeer table vif_route_ipv6_%" PRIu32 ";\n"
            "\timport filter vif_route_ipv6;\n"
            "\texport none;\n"
            "}\n",
            table, table, table, table, table, table);
}

static bool is_first_of_table(const struct announced_list *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (list->items[i].table == list->items[index].table)
            return false;
    return list->items[index].table != 0;
}

static void print_bird(const struct announced_list *list, enum announce_protocol protocol,
                       FILE *out)
{
    fputs("# The networks of this host's domUs, by vif-route-ipv6 routing-config.\n"
          "# Include this file at the top level of bird.conf. The kernel protocol of the main\n"
          "# table learns the routes:\n"
          "#   protocol kernel {\n"
          "#       learn;\n"
          "#       ipv6 { import filter vif_route_ipv6; export all; };\n"
          "#   }\n",
          out);
    fprintf(out, "# The channel of %s announces them: export filter vif_route_ipv6;\n\n",
            protocol == ANNOUNCE_BGP ? "each BGP protocol" : "OSPF (ospf v3)");
    fprintf(out,
            "filter vif_route_ipv6 {\n"
            "\tif ! defined(krt_source) || krt_source != %d then reject;\n"
            "\tpreference = %d;\n",
            ANNOUNCE_PROTOCOL, BIRD_PREFERENCE);
    if (protocol == ANNOUNCE_BGP)
        fputs("\tbgp_med = krt_metric;\n", out);
    else
        fprintf(out,
                "\tif krt_metric > %d then ospf_metric2 = %d; else ospf_metric2 = krt_metric;\n",
                OSPF_MOST, OSPF_MOST);
    fputs("\taccept;\n}\n", out);
    for (size_t i = 0; i < list->count; i++)
        if (is_first_of_table(list, i))
            print_bird_table(list->items[i].table, out);
}

/* ---- FRR ---- */

static bool is_first_of_metric(const struct announced_list *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (list->items[i].metric == list->items[index].metric)
            return false;
    return true;
}

static void print_frr_metric(const struct announced_list *list, uint32_t metric,
                             unsigned int number, enum announce_protocol protocol, FILE *out)
{
    char text[PREFIX_TEXT];
    unsigned int line = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].metric == metric)
            fprintf(out, "ipv6 prefix-list vif_route_ipv6_%" PRIu32 " seq %u permit %s\n", metric,
                    line += 5, prefix_print(&list->items[i].network, text));
    fprintf(out,
            "route-map vif_route_ipv6 permit %u\n"
            " match ipv6 address prefix-list vif_route_ipv6_%" PRIu32 "\n"
            " set metric %" PRIu32 "\n"
            "exit\n",
            number, metric, protocol == ANNOUNCE_OSPF && metric > OSPF_MOST ? OSPF_MOST : metric);
}

/*
 * FRR does not know the protocol of a kernel's route, and prefers the connected network to the
 * explicit route, so the text names the networks and their metrics.
 */
static void print_frr(const struct announced_list *list, enum announce_protocol protocol, FILE *out)
{
    const bool bgp = protocol == ANNOUNCE_BGP;
    unsigned int number = 0;

    fputs("! The networks of the domUs, by vif-route-ipv6 routing-config: add them to frr.conf.\n"
          "! FRR cannot see which program added a route, so the networks are named: print this\n"
          "! anew after each change of ipv6.cfg. ",
          out);
    fprintf(out, "%s\n",
            bgp ? "In `router bgp`, `address-family ipv6 unicast`:" : "In `router ospf6`:");
    fputs("!  redistribute kernel route-map vif_route_ipv6\n"
          "!  redistribute connected route-map vif_route_ipv6\n",
          out);
    for (size_t i = 0; i < list->count; i++)
        if (is_first_of_table(list, i))
            fprintf(out, "! Routing table %" PRIu32 ": in FRR, the VRF with this table.\n",
                    list->items[i].table);
    for (size_t i = 0; i < list->count; i++)
        if (is_first_of_metric(list, i))
            print_frr_metric(list, list->items[i].metric, number += 10, protocol, out);
    fputs("route-map vif_route_ipv6 deny 65535\nexit\n", out);
}

static const struct announce_format formats[] = {
    {"bird", print_bird},
    {"frr", print_frr},
};

const struct announce_format *announce_format_find(const char *name)
{
    return find_by_name(name, formats, ARRAY_SIZE(formats), sizeof(formats[0]));
}

/**
 * Words that ENA knows for some columns of a run, in the order of its own lists. A filter that names another word is warned of, never
 * refused: ENA adds words, and old records hold some that it has given up.
 *
 * From the enumerations of `SRA.experiment.xsd` and `SRA.common.xsd` in enasequence/webin-xml at bc243cedbe4518bae0aad85a43de458f27e722ff
 * (13 July 2026, Apache-2.0), which is what ENA checks submissions by. Values alone; instrument models of all platforms in one list.
 */
export const VOCABULARY = {
  // prettier-ignore
  instrument_platform: [
    'LS454', 'ILLUMINA', 'HELICOS', 'ABI_SOLID', 'COMPLETE_GENOMICS', 'BGISEQ', 'OXFORD_NANOPORE', 'PACBIO_SMRT',
    'ION_TORRENT', 'CAPILLARY', 'DNBSEQ', 'ELEMENT', 'AVITI', 'ULTIMA', 'VELA_DIAGNOSTICS', 'GENAPSYS', 'GENEMIND',
    'TAPESTRI',
  ],
  // prettier-ignore
  library_strategy: [
    'WGS', 'WGA', 'WXS', 'RNA-Seq', 'ssRNA-seq', 'snRNA-seq', 'miRNA-Seq', 'ncRNA-Seq', 'FL-cDNA', 'EST', 'Hi-C',
    'ATAC-seq', 'WCS', 'RAD-Seq', 'CLONE', 'POOLCLONE', 'AMPLICON', 'CLONEEND', 'FINISHING', 'ChIP-Seq', 'MNase-Seq',
    'DNase-Hypersensitivity', 'Bisulfite-Seq', 'CTS', 'MRE-Seq', 'MeDIP-Seq', 'MBD-Seq', 'Tn-Seq', 'VALIDATION',
    'FAIRE-seq', 'SELEX', 'RIP-Seq', 'ChIA-PET', 'Synthetic-Long-Read', 'Targeted-Capture',
    'Tethered Chromatin Conformation Capture', 'NOMe-Seq', 'ChM-Seq', 'GBS', 'Ribo-Seq', 'OTHER',
  ],
  // prettier-ignore
  library_source: [
    'GENOMIC', 'GENOMIC SINGLE CELL', 'TRANSCRIPTOMIC', 'TRANSCRIPTOMIC SINGLE CELL', 'METAGENOMIC',
    'METATRANSCRIPTOMIC', 'SYNTHETIC', 'VIRAL RNA', 'OTHER',
  ],
  // prettier-ignore
  library_selection: [
    'RANDOM', 'PCR', 'RANDOM PCR', 'RT-PCR', 'HMPR', 'MF', 'repeat fractionation', 'size fractionation', 'MSLL',
    'cDNA', 'cDNA_randomPriming', 'cDNA_oligo_dT', 'PolyA', 'Oligo-dT', 'Inverse rRNA', 'Inverse rRNA selection',
    'ChIP', 'ChIP-Seq', 'MNase', 'DNase', 'Hybrid Selection', 'Reduced Representation', 'Restriction Digest',
    '5-methylcytidine antibody', 'MBD2 protein methyl-CpG binding domain', 'CAGE', 'RACE', 'MDA',
    'padlock probes capture method', 'other', 'unspecified',
  ],
  library_layout: ['SINGLE', 'PAIRED'],
  // prettier-ignore
  instrument_model: [
    '454 GS', '454 GS 20', '454 GS FLX', '454 GS FLX+', '454 GS FLX Titanium', '454 GS Junior', 'HiSeq X Five',
    'HiSeq X Ten', 'Illumina Genome Analyzer', 'Illumina Genome Analyzer II', 'Illumina Genome Analyzer IIx',
    'Illumina HiScanSQ', 'Illumina HiSeq 1000', 'Illumina HiSeq 1500', 'Illumina HiSeq 2000', 'Illumina HiSeq 2500',
    'Illumina HiSeq 3000', 'Illumina HiSeq 4000', 'Illumina HiSeq X', 'Illumina iSeq 100', 'Illumina MiSeq',
    'Illumina MiniSeq', 'Illumina NovaSeq X', 'Illumina NovaSeq X Plus', 'Illumina NovaSeq 6000', 'NextSeq 500',
    'NextSeq 550', 'NextSeq 1000', 'NextSeq 2000', 'Helicos HeliScope', 'AB SOLiD System', 'AB SOLiD System 2.0',
    'AB SOLiD System 3.0', 'AB SOLiD 3 Plus System', 'AB SOLiD 4 System', 'AB SOLiD 4hq System', 'AB SOLiD PI System',
    'AB 5500 Genetic Analyzer', 'AB 5500xl Genetic Analyzer', 'AB 5500xl-W Genetic Analysis System',
    'Complete Genomics', 'BGISEQ-50', 'BGISEQ-500', 'MGISEQ-2000RS', 'Onso', 'PacBio RS', 'PacBio RS II', 'Revio',
    'Sequel', 'Sequel II', 'Sequel IIe', 'Vega', 'Ion Torrent PGM', 'Ion Torrent Proton', 'Ion Torrent S5',
    'Ion Torrent S5 XL', 'Ion Torrent Genexus', 'Ion GeneStudio S5', 'Ion GeneStudio S5 Prime',
    'Ion GeneStudio S5 Plus', 'AB 3730xL Genetic Analyzer', 'AB 3730 Genetic Analyzer', 'AB 3500xL Genetic Analyzer',
    'AB 3500 Genetic Analyzer', 'AB 3130xL Genetic Analyzer', 'AB 3130 Genetic Analyzer', 'AB 310 Genetic Analyzer',
    'DNBSEQ-T7', 'DNBSEQ-G400', 'DNBSEQ-G800', 'DNBSEQ-G50', 'DNBSEQ-G400 FAST', 'DNBSEQ-T10x4RS', 'MinION', 'GridION',
    'PromethION', 'Element AVITI', 'AVITI 24', 'UG 100', 'UG 200', 'Sentosa SQ301', 'GENIUS', 'Genapsys Sequencer',
    'GS111', 'GenoCare 1600', 'GenoLab M', 'FASTASeq 300', 'Tapestri', 'unspecified',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

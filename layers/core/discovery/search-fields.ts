/**
 * Columns by which ENA searches read runs, and how their values compare. Copied from the 160 `searchFields` of `result=read_run` as PyPI
 * ena-api-handler 3.0.2 (EBI-Metagenomics, Apache-2.0) has them; which are numbers and dates is from ENA's own description of its fields.
 * File columns (fastq_ftp, fastq_bytes, sra_md5 …) are returned by ENA and cannot be searched.
 */
const TEXT = `
  age assembly_software binning_software bio_material bisulfite_protocol broad_scale_environmental_context broker_name cage_protocol
  cell_line cell_type center_name checklist chip_ab_provider chip_protocol chip_target collected_by control_experiment country cultivar
  culture_collection datahub description dev_stage disease dnase_protocol ecotype environment_biome environment_feature
  environment_material environmental_medium environmental_sample experiment_accession experiment_alias experiment_target experiment_title
  experimental_factor experimental_protocol extraction_protocol faang_library_selection germline hi_c_protocol host host_body_site
  host_genotype host_gravidity host_growth_conditions host_phenotype host_scientific_name host_sex host_status identified_by
  instrument_model instrument_platform investigation_type isolate isolation_source library_construction_protocol library_gen_protocol
  library_layout library_name library_pcr_isolation_protocol library_prep_date library_prep_date_format library_prep_latitude
  library_prep_location library_prep_longitude library_selection library_source library_strategy local_environmental_context location
  location_end location_start marine_region mating_type ncbi_reporting_standard pcr_isolation_protocol project_name protocol_label
  read_strand restriction_enzyme restriction_enzyme_target_sequence restriction_site rna_integrity_num rna_prep_3_protocol
  rna_prep_5_protocol rna_purity_230_ratio rna_purity_280_ratio rt_prep_protocol run_accession run_alias sample_accession sample_alias
  sample_capture_status sample_collection sample_description sample_material sample_prep_interval sample_prep_interval_units
  sample_storage sample_storage_processing sample_title sampling_campaign sampling_platform sampling_site scientific_name
  secondary_project secondary_sample_accession secondary_study_accession sequencing_date sequencing_date_format sequencing_location
  sequencing_longitude sequencing_method sequencing_primer_catalog sequencing_primer_lot sequencing_primer_provider serotype serovar sex
  specimen_voucher status strain study_accession study_alias study_title sub_species sub_strain submission_accession submission_tool
  submitted_format submitted_host_sex submitted_md5 submitted_read_type surveillance_target tag target_gene taxonomic_classification
  taxonomic_identity_marker tissue_lib tissue_type transposase_protocol variety
`;
const NUMBERS = `
  altitude base_count completeness_score contamination_score elevation host_tax_id library_max_fragment_size library_min_fragment_size
  nominal_length nominal_sdev read_count salinity tax_id temperature
`;
const DATES = `
  first_created first_public last_updated
`;

export type FieldType = 'text' | 'number' | 'date';
const typed = (names: string, type: FieldType): readonly (readonly [string, FieldType])[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [name, type] as const);

/** Type by name of every search field. */
export const SEARCH_FIELDS: ReadonlyMap<string, FieldType> = new Map([
  ...typed(TEXT, 'text'),
  ...typed(NUMBERS, 'number'),
  ...typed(DATES, 'date'),
]);
